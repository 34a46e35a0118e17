// The catalogue of reasons stands in four places; all four must say the same.
#include "proto/types/reason.h"

#include <google/protobuf/descriptor.h>

#include <fstream>
#include <set>
#include <string>

#include "noroshi/v1/reason.pb.h"
#include "proto/types/reason_words.h"
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

TEST_CASE("docs/reasons.md explains each reason once and no other, in the program's own words") {
  std::ifstream file(std::string(NOROSHI_SOURCE_DIR) + "/docs/reasons.md");
  REQUIRE(file.is_open());
  std::multiset<std::string> documented;  // "| 意味 | 対処 |", behind the name
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    std::size_t japanese = 0;
    for (int column = 0; column < 3; ++column) japanese = line.find(" | ", japanese + 1);
    documented.insert(line.substr(3, line.find('`', 3) - 3) + line.substr(japanese));
  }
  std::multiset<std::string> known;
  for (const auto& [reason, name] : kReasons) {
    CHECK(words_of(reason).reason == reason);
    known.insert(std::string(name) + " | " + std::string(words_of(reason).meaning) + " | " +
                 std::string(words_of(reason).remedy) + " |");
  }
  CHECK(documented == known);
}
