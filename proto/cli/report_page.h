// What stands on a report's page, in the chosen language and in order, before it takes a form (terminal text, HTML, Markdown).
// Everything in it has passed printable(); what is no section's text is one line. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "noroshi/v1/report.pb.h"
#include "proto/cli/cli.h"
#include "proto/types/entry.h"
#include "schemas/matrix.h"

namespace noroshi::cli {

struct ReportPage {
  struct Fact {
    std::string label;
    std::string value;
    std::optional<Colour> colour;
  };
  struct Line {
    std::string text;
    std::string url;  // behind it; only of references: an indicator's address must never become a link
  };
  struct Part {
    std::string heading;
    std::string text;  // as its author broke the lines
    std::vector<Line> lines;
  };

  std::string drill;  // to stand before and after everything; empty for a live report
  bool urgent = false;
  std::string lane;
  std::string tlp;  // without "TLP:"
  std::string topic;
  std::string seq;
  std::string title;  // 【訓練】 or 【試験】 in front, for a drill
  std::vector<Fact> facts;
  std::vector<Part> parts;
};

// `signature`: "valid", "invalid" or "unknown-key".
ReportPage report_page(const Common& common, const Matrix& matrix, const Entry& entry, const v1::Report& report,
                       std::string_view signature);

}  // namespace noroshi::cli
