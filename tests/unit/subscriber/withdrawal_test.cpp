// What is said of a report, by all of its thread.
#include "subscriber/withdrawal.h"

#include <map>

#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::subscriber;

struct Link {
  std::string report, to;
  Relation relation;
  Micros at{};  // else its place in the list
};

// "CANCEL x", "CORRECTION x", or "stands".
std::string said_of(const std::string& report, const std::vector<Link>& links) {
  std::map<std::string, std::vector<Follower>> thread;
  std::uint64_t seq = 0;
  for (const auto& [name, to, relation, at] : links) {
    ++seq;
    const Micros when = at == Micros{} ? Micros{static_cast<std::int64_t>(seq)} : at;
    thread[to].push_back({name, relation, {when, Seq{seq}}});
  }
  const auto found = withdrawal_of(report, [&](const std::string& of) { return thread[of]; });
  return found ? std::string(name_of(found->relation)) + " " + found->report : "stands";
}

constexpr Relation kUpdate = Relation::update;
constexpr Relation kCorrection = Relation::correction;
constexpr Relation kCancel = Relation::cancel;

TEST_CASE("what names the report itself") {
  CHECK(said_of("a", {}) == "stands");
  CHECK(said_of("a", {{"b", "a", kUpdate}}) == "stands");
  CHECK(said_of("a", {{"b", "a", kCorrection}}) == "CORRECTION b");
  CHECK(said_of("a", {{"x", "a", kCancel}, {"b", "a", kCorrection}}) == "CANCEL x");
}

TEST_CASE("the newest in the log says it, in whatever order they came") {
  CHECK(said_of("a", {{"b", "a", kCorrection}, {"c", "a", kCorrection}}) == "CORRECTION c");
  CHECK(said_of("a", {{"b", "a", kCorrection, Micros{9}}, {"c", "a", kCorrection, Micros{5}}}) == "CORRECTION b");
  CHECK(said_of("a", {{"b", "a", kCorrection, Micros{5}}, {"c", "a", kCorrection, Micros{5}}}) == "CORRECTION c");
  CHECK(said_of("a", {{"x", "a", kCancel, Micros{9}}, {"y", "a", kCancel, Micros{5}}}) == "CANCEL x");
}

TEST_CASE("what took its place and was cancelled leaves nothing that stands") {
  CHECK(said_of("a", {{"b", "a", kCorrection}, {"x", "b", kCancel}}) == "CANCEL x");
  CHECK(said_of("a", {{"b", "a", kUpdate}, {"x", "b", kCancel}}) == "CANCEL x");
  CHECK(said_of("a", {{"b", "a", kUpdate}, {"c", "b", kUpdate}, {"x", "c", kCancel}}) == "CANCEL x");
  CHECK(said_of("b", {{"b", "a", kUpdate}, {"c", "b", kUpdate}, {"x", "a", kCancel}}) == "stands");
}

TEST_CASE("what was cancelled no longer speaks for it where something else does") {
  const std::vector<Link> second_cancelled{{"b", "a", kCorrection}, {"c", "a", kCorrection}, {"x", "c", kCancel}};
  CHECK(said_of("a", second_cancelled) == "CORRECTION b");
  CHECK(said_of("a", {{"b", "a", kUpdate}, {"c", "a", kCorrection}, {"x", "c", kCancel}}) == "stands");
}

TEST_CASE("a correction of what took its place is one of it") {
  CHECK(said_of("a", {{"b", "a", kCorrection}, {"c", "b", kCorrection}}) == "CORRECTION c");
  CHECK(said_of("a", {{"b", "a", kUpdate}, {"c", "b", kCorrection}}) == "CORRECTION c");
}

TEST_CASE("a thread that bites its tail, or is the same twice over, comes to an end") {
  CHECK(said_of("a", {{"b", "a", kUpdate}, {"a", "b", kCorrection}}) == "stands");
  std::vector<Link> twice;
  for (int n = 0; n < 64; ++n)
    for (int copy = 0; copy < 2; ++copy) twice.push_back({std::to_string(n + 1), std::to_string(n), kUpdate});
  twice.push_back({"x", "64", kCancel});
  CHECK(said_of("0", twice) == "CANCEL x");
}

}  // namespace
