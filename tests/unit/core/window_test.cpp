// How much a session is sent before it answers: credit in entries, a window in bytes.
#include <string>

#include "proto/types/limits.h"
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

struct Scene : World {
  Scene() {
    enrol(cast::hatsuden());
    enrol(cast::bank());
  }
  core::Peer bank() { return peer("bank", Door::urgent); }
  Report report(int number, std::string item = "C.it-failure") {
    return report_of("r" + std::to_string(number), cast::hatsuden(), std::move(item));
  }
  core::Outcome publish_many(int first, int last, std::size_t bytes = 100) {
    core::Outcome all;
    for (int i = first; i <= last; ++i) join(all, publish(report(i), bytes));
    return all;
  }
  Names got(const core::Outcome& outcome) { return delivered(outcome, bank().id); }
};

Names numbered(int first, int last) {
  Names names;
  for (int i = first; i <= last; ++i) names.push_back("r" + std::to_string(i));
  return names;
}

}  // namespace

TEST_CASE("a session never gets more than its credit, and nothing is skipped when that ends") {
  Scene stage;
  stage.step(stage.hello("bank", Door::urgent, {"*"}, 3));
  CHECK(stage.got(stage.publish_many(1, 10)) == numbered(1, 3));
  CHECK(stage.got(stage.step(core::Credit{stage.bank(), {}, 2})) == numbered(4, 5));
  CHECK(stage.got(stage.step(core::Credit{stage.bank(), {}, 0})).empty());
  CHECK(stage.got(stage.step(core::Credit{stage.bank(), {}, 100})) == numbered(6, 10));
  CHECK(stage.got(stage.publish_many(11, 12)) == numbered(11, 12));
}

TEST_CASE("credit counts in catch-up too, and across several reads") {
  Scene stage;
  stage.publish_many(1, 10);
  stage.restart();
  core::Outcome all = stage.step(stage.hello("bank", Door::urgent, {"*"}, 5));
  join(all, stage.answer_read(3));
  join(all, stage.answer_read(3));
  CHECK(stage.got(all) == numbered(1, 5));
  CHECK(stage.open_reads().empty());  // what it may not be sent is not read
  core::Outcome rest = stage.step(core::Credit{stage.bank(), {}, 100});
  join(rest, stage.settle());
  CHECK(stage.got(rest) == numbered(6, 10));
}

TEST_CASE("what a session does not get costs it nothing") {
  Scene stage;
  stage.step(stage.hello("bank", Door::urgent, {"C"}, 2));
  core::Outcome all;
  for (int i = 1; i <= 5; ++i) {
    join(all, stage.publish(stage.report(i, "B.c.precursor")));                            // another topic
    join(all, stage.publish(labelled(stage.report(10 + i), "AMBER", {{"gas"}, {}, {}})));  // not for it
  }
  join(all, stage.publish_many(20, 22));
  CHECK(stage.got(all) == numbered(20, 21));
}

TEST_CASE("credit is capped, in the hello and in what is added") {
  Scene stage;
  core::Hello hello = stage.hello("bank", Door::urgent, {"*"}, ~std::uint32_t{0});
  stage.step(hello);
  for (int i = 0; i < 10; ++i) stage.step(core::Credit{stage.bank(), {}, ~std::uint32_t{0}});
  stage.step(stage.hello("hatsuden", Door::urgent));
  for (std::uint32_t i = 0; i <= limits::kMaxCredit; ++i)
    stage.submit(stage.report(static_cast<int>(i)), Door::urgent, 1);
  CHECK(stage.got(stage.settle()).size() == limits::kMaxCredit);
}

TEST_CASE("a session that acknowledges nothing is sent no more than a window of bytes") {
  constexpr std::size_t kBig = limits::kReportBytes;
  constexpr auto kFit = static_cast<int>(limits::kSessionBytes / kBig);
  Scene stage;
  stage.step(stage.hello("bank", Door::urgent, {"*"}, 100));
  const core::Outcome first = stage.publish_many(1, kFit + 4, kBig);
  CHECK(stage.got(first) == numbered(1, kFit));
  CHECK(stage.got(stage.step(core::Credit{stage.bank(), {}, 100})).empty());  // credit alone is no acknowledgement
  const auto delivers = sent<core::Deliver>(first, stage.bank().id);
  REQUIRE(delivers.size() >= 2);
  const Seq second = delivers[1].upto;
  Names more;
  SECTION("credit acknowledges") { more = stage.got(stage.step(core::Credit{stage.bank(), second, 0})); }
  SECTION("a heartbeat does too") { more = stage.got(stage.step(core::Heartbeat{stage.bank(), second})); }
  // What is acknowledged makes room; the window closes with the message that fills it.
  CHECK(more == numbered(kFit + 1, kFit + 2));
}

TEST_CASE("catch-up from memory keeps to the window too") {
  Scene stage;
  stage.publish_many(1, 20, limits::kReportBytes - 100);
  const core::Outcome outcome = stage.step(stage.hello("bank", Door::urgent, {"*"}, limits::kMaxCredit));
  std::size_t bytes = 0;
  for (const auto& deliver : sent<core::Deliver>(outcome, stage.bank().id))
    for (const core::Released& entry : deliver.entries) bytes += entry.record()->entry.body.size();
  CHECK(bytes >= limits::kSessionBytes - limits::kReportBytes);
  CHECK(bytes <= limits::kSessionBytes + limits::kReportBytes);
}

TEST_CASE("one message holds a bounded number of bytes") {
  Scene stage;
  stage.publish_many(1, 6, limits::kDeliverBytes / 2);
  const auto delivers = sent<core::Deliver>(stage.step(stage.hello("bank", Door::urgent, {"*"}, 100)), stage.bank().id);
  REQUIRE(delivers.size() == 3);
  for (const auto& deliver : delivers) CHECK(deliver.entries.size() == 2);
  CHECK(delivers[0].upto == delivers[0].entries.back().record()->entry.seq);
}
