// What a member says of reports that reached it, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/types/ids.h"
#include "proto/types/names.h"

namespace noroshi {

// A state of the log, as a checkpoint names it.
struct TreeHead {
  std::uint64_t size = 0;
  Hash root{};
  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

struct Receipt {
  std::string organization;
  Stage stage{};
  std::vector<ReportId> reports;  // DELIVERED: up to kReceiptReports; otherwise one
  std::optional<Answer> answer;   // with RESPONDED, and only then
  std::string note;
  Micros at{};                        // by the member's clock
  std::optional<TreeHead> seen = {};  // the newest that its program had verified
};

// A deadline of the matrix has passed: who has not come as far with the report. The broker's own word.
struct Overdue {
  ReportId report;
  Seq seq{};  // of the report
  Stage stage{};
  std::vector<std::string> organizations;
};

}  // namespace noroshi
