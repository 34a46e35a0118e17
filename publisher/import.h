// What every importer gives: the reports of one input, in its order, each whole or with the reason why not.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "noroshi/v1/report.pb.h"
#include "proto/types/reason.h"
#include "publisher/complete.h"

namespace noroshi::publisher {

struct Imported {
  std::string where;  // for people: "reports.ndjson:3", "reports.json[2]", "reports.json" if it is the only one
  std::variant<v1::Report, Rejection> report;
  Identity identity = Identity::fresh;
};

// From the text of a file; `name` for messages. Never throws on what the text says.
using Importer = std::vector<Imported> (*)(std::string_view name, std::string_view text);

}  // namespace noroshi::publisher
