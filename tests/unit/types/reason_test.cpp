// The catalogue of reasons stands in four places; all four must say the same.
#include "proto/types/reason.h"

#include <google/protobuf/descriptor.h>

#include <fstream>
#include <set>
#include <string>

#include "noroshi/v1/reason.pb.h"
#include "tests/support/catch.h"

using namespace noroshi;

namespace {

std::string upper(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

TEST_CASE("the protocol's reasons are the program's, number by number") {
  const auto* reasons = v1::Reason_descriptor();
  CHECK(static_cast<std::size_t>(reasons->value_count()) == kReasons.size() + 1);  // and UNSPECIFIED
  for (const auto& [reason, name] : kReasons) {
    const auto* value = reasons->FindValueByNumber(static_cast<int>(reason));
    INFO(name);
    REQUIRE(value != nullptr);
    CHECK(value->name() == "REASON_" + upper(name));
  }
}

TEST_CASE("docs/reasons.md explains each reason once and no other") {
  std::ifstream file(std::string(NOROSHI_SOURCE_DIR) + "/docs/reasons.md");
  REQUIRE(file.is_open());
  std::multiset<std::string> documented;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("| `")) documented.insert(line.substr(3, line.find('`', 3) - 3));
  std::multiset<std::string> known;
  for (const auto& [reason, name] : kReasons) known.insert(std::string(name));
  CHECK(documented == known);
}
