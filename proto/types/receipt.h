// What a member says of reports that reached it, as plain data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/types/ids.h"
#include "proto/types/names.h"

namespace noroshi {

struct Receipt {
  std::string organization;
  Stage stage{};
  std::vector<ReportId> reports;  // DELIVERED: up to kReceiptReports; otherwise one
  std::optional<Answer> answer;   // with RESPONDED, and only then
  std::string note;
  Micros at{};  // by the member's clock
};

// A deadline of the matrix has passed: who has not come as far with the report. The broker's own word.
struct Overdue {
  ReportId report;
  Seq seq{};  // of the report
  Stage stage{};
  std::vector<std::string> organizations;
};

}  // namespace noroshi
