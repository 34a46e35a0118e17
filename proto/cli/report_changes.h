// What a later report of a thread says otherwise than an earlier one, field by field, as people read it. Pure.
#pragma once

#include <string>
#include <vector>

#include "proto/cli/report_page.h"

namespace noroshi::cli {

struct ReportChange {
  std::string field;   // its label in the chosen language
  std::string before;  // empty: it was not there
  std::string after;   // empty: it is there no more
};

// As they stand on the page; what only the earlier one has comes last. What names the report itself is no change: its id,
// number in the thread, relation and time of issue.
std::vector<ReportChange> report_changes(const Common& common, const Matrix& matrix, v1::Report before,
                                         v1::Report after);
// Under a heading; empty if there are none.
std::string changes_text(const Common& common, const std::vector<ReportChange>& changes);

}  // namespace noroshi::cli
