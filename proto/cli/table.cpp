#include "proto/cli/table.h"

#include <algorithm>
#include <iostream>

namespace noroshi::cli {

void print_table(const Common& common, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i)
      line += i + 1 < rows[r].size() ? pad(rows[r][i], widths[i] + 2) : rows[r][i];
    std::cout << (r == 0 ? paint(common, Colour::bold, line) : line) << "\n";
  }
}

}  // namespace noroshi::cli
