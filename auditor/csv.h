// Entries as rows of a table (RFC 4180), for spreadsheets. Pure.
#pragma once

#include <string>

#include "auditor/replay_session.h"

namespace noroshi::auditor {

std::string csv_head();
// One row; a hidden entry has its leaf and no more. What a spreadsheet would take for a formula begins with an apostrophe.
std::string csv_row(const ReplayEntry& entry);

}  // namespace noroshi::auditor
