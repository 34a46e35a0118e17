// Subscriptions: dot-aligned prefixes, and drills for those who ask.
#include "proto/types/topic.h"

#include <string>
#include <vector>

#include "broker/core/interest.h"
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;

struct Row {
  std::string subscription;
  std::string topic;
  bool covered;
};

const std::vector<Row> kRows{
    {"*", "C.it-failure.sector", true},
    {"C", "C.it-failure.sector", true},
    {"C.it-failure", "C.it-failure.sector", true},
    {"C.it-failure.sector", "C.it-failure.sector", true},
    {"B", "B.a.regulations.sector", true},
    {"B", "B.c.precursor.sector", true},
    {"B.c", "B.c.precursor.sector", true},
    {"B.c.precursor", "B.c.precursor.sector", true},
    {"B.c.pre", "B.c.precursor.sector", false},
    {"B.b", "B.c.precursor.sector", false},
    {"C.it-failure.sector.x", "C.it-failure.sector", false},
    {"C.", "C.it-failure.sector", false},
    {"", "C.it-failure.sector", false},
    {"sector", "C.it-failure.sector", false},
    {"c", "C.it-failure.sector", false},
    {"exercise", "exercise.C.it-failure.sector", true},
    {"exercise.C", "exercise.C.it-failure.sector", true},
    {"C", "exercise.C.it-failure.sector", false},
};

struct Want {
  std::vector<std::string> topics;
  std::set<Status> statuses;
  Status status;
  bool wanted;
};

using enum Status;

const std::vector<Want> kWants{
    {{"C"}, {actual}, actual, true},
    {{"B"}, {actual}, actual, false},
    {{"B", "C.it-failure.sector"}, {actual}, actual, true},
    {{}, {actual}, actual, false},
    {{"C"}, {actual}, exercise, false},  // nobody gets a drill without asking
    {{"C"}, {actual}, test, false},
    {{"*"}, {actual}, exercise, false},
    {{"*"}, {actual}, test, false},
    {{"C"}, {actual, exercise}, exercise, true},
    {{"C"}, {actual, exercise}, test, false},
    {{"*"}, {actual, exercise}, exercise, true},
    {{"exercise.C"}, {actual}, exercise, true},  // a topic that names the root asks by itself
    {{"exercise"}, {actual}, exercise, true},
    {{"exercise"}, {actual}, test, false},
    {{"test.C.it-failure"}, {actual}, test, true},
    {{"exercise.B"}, {actual}, exercise, false},
    {{"exercise.C"}, {actual}, actual, false},  // and asks for nothing else
    {{"exercise.C"}, {actual, exercise}, actual, false},
    {{"C"}, {exercise}, actual, false},
    {{"C"}, {exercise}, exercise, true},
};

}  // namespace

TEST_CASE("a subscription covers the topics it is a dot-aligned prefix of") {
  for (const Row& row : kRows) {
    INFO(row.subscription << " over " << row.topic);
    CHECK(covers(row.subscription, row.topic) == row.covered);
  }
}

TEST_CASE("what a session wants, by what it asked for") {
  for (const Want& row : kWants) {
    INFO((row.topics.empty() ? "nothing" : row.topics.front()) << " for " << noroshi::name_of(row.status));
    const core::Interest interest{row.topics, row.statuses};
    Report report = report_of("r1", cast::hatsuden());
    report.status = row.status;
    CHECK(interest.wants(report) == row.wanted);
  }
}

TEST_CASE("a report without a status is wanted by nobody") {
  const core::Interest everything{{"*"}, {Status::actual, Status::exercise, Status::test}};
  Report report = report_of("r1", cast::hatsuden());
  report.status.reset();
  CHECK_FALSE(everything.wants(report));
}
