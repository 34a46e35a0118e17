// Tables on a terminal.
#pragma once

#include <string>
#include <vector>

#include "proto/cli/cli.h"

namespace noroshi::cli {

// In columns as wide as their widest cell, on stdout; the first row is the heading.
void print_table(const Common& common, const std::vector<std::vector<std::string>>& rows);

}  // namespace noroshi::cli
