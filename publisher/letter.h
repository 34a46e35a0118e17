// Reports on their way, signed, or the reasons why they will not leave; and how they lie in the outbox. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "noroshi/v1/report.pb.h"
#include "proto/types/ids.h"
#include "proto/types/reason.h"
#include "proto/types/report.h"
#include "proto/wire/signing.h"
#include "publisher/prepare.h"

namespace noroshi::publisher {

struct Parcel {
  std::string item;
  std::string organization;  // that signed it
  ReportId id;
  ReportId relates_to;  // empty: to none
  Localized title;
  v1::SignedReport report;
};

struct Letter {
  std::string where;  // as Prepared's
  std::variant<Parcel, Rejection> content;
};

// Signs all that passed.
std::vector<Letter> seal(std::vector<Prepared> all, const wire::SigningKey& key);

// One line each, in JSON: {"where":"a.json[0]","id":…,"signed":"base64 of the SignedReport"}, or {"where":…,"rejected":{…}}.
std::string to_lines(const std::vector<Letter>& letters);
// nullopt: these are not such lines.
std::optional<std::vector<Letter>> letters_in(std::string_view lines);

}  // namespace noroshi::publisher
