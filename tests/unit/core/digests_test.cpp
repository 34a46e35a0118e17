// When the batched lane lets go.
#include "broker/core/digests.h"

#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Digests;
using core::Door;

constexpr std::int64_t kMinute = 60 * kMicrosPerSecond;

Record batched(std::uint64_t seq, Micros at = kStart, std::size_t bytes = 10) {
  Record record;
  record.entry.seq = Seq{seq};
  record.entry.recorded_at = at;
  record.entry.kind = EntryKind::report;
  record.entry.lane = Lane::batched;
  record.entry.body = Bytes(bytes, 'x');
  return record;
}

struct Scene : World {
  explicit Scene(core::DigestRules rules = {}) : World({rules}) {
    enrol(cast::hatsuden());
    enrol(cast::bank());
    step(hello("bank", Door::batched, {"*"}));
  }
  PeerId reader() { return peer("bank", Door::batched).id; }
  core::Outcome batched_report(std::string_view name) {
    return publish(report_of(name, cast::hatsuden(), "A.near-miss"));
  }
  core::Outcome tick(std::int64_t seconds) {
    core::Outcome outcome = after(seconds, core::Tick{});
    join(outcome, settle());
    return outcome;
  }
};

}  // namespace

TEST_CASE("nothing is due when nothing waits") {
  Digests digests({});
  CHECK_FALSE(digests.due(kStart + 1000 * kMinute));
  CHECK_FALSE(digests.flush());
}

TEST_CASE("the interval counts from the oldest that waits") {
  Digests digests({15 * kMinute, 100, 1000});
  digests.committed(batched(1, kStart));
  digests.committed(batched(2, kStart + 14 * kMinute));
  CHECK_FALSE(digests.due(kStart + (15 * kMinute - 1)));
  const auto release = digests.due(kStart + 15 * kMinute);
  REQUIRE(release);
  CHECK(release->upto == Seq{2});
  CHECK(release->count == 2);
  CHECK(release->cause == "interval");
}

TEST_CASE("a clock that was set back holds a digest up for no longer than the interval") {
  Digests digests({15 * kMinute, 100, 1000});
  digests.committed(batched(1, kStart + 300 * kMinute));
  CHECK_FALSE(digests.due(kStart));
  CHECK_FALSE(digests.due(kStart + (15 * kMinute - 1)));
  CHECK(digests.due(kStart + 15 * kMinute));
}

TEST_CASE("a full digest leaves at once") {
  Digests by_count({15 * kMinute, 2, 1000});
  by_count.committed(batched(1));
  CHECK_FALSE(by_count.due(kStart));
  by_count.committed(batched(2));
  CHECK(by_count.due(kStart)->cause == "count");

  Digests by_size({15 * kMinute, 100, 1000});
  by_size.committed(batched(1, kStart, 999));
  CHECK_FALSE(by_size.due(kStart));
  by_size.committed(batched(2, kStart, 1));
  CHECK(by_size.due(kStart)->cause == "size");
}

TEST_CASE("only one release is on its way, and what comes meanwhile waits for the next") {
  Digests digests({15 * kMinute, 2, 1000});
  digests.committed(batched(1));
  digests.committed(batched(2));
  REQUIRE(digests.due(kStart));
  digests.committed(batched(3));
  digests.committed(batched(4));
  CHECK_FALSE(digests.due(kStart + 1000 * kMinute));
  CHECK_FALSE(digests.flush());
  CHECK(digests.upto() == Seq{0});
  digests.released(Seq{2});
  CHECK(digests.upto() == Seq{2});
  const auto next_one = digests.due(kStart);
  REQUIRE(next_one);
  CHECK(next_one->upto == Seq{4});
  CHECK(next_one->count == 2);
}

TEST_CASE("a flush takes what is pending") {
  Digests digests({});
  digests.committed(batched(1));
  const auto release = digests.flush();
  REQUIRE(release);
  CHECK(release->cause == "shutdown");
  CHECK(release->upto == Seq{1});
  CHECK_FALSE(digests.flush());
}

TEST_CASE("only batched reports that are not released yet count") {
  Digests digests({15 * kMinute, 1, 1000});
  Record urgent = batched(5);
  urgent.entry.lane = Lane::urgent;
  digests.committed(urgent);
  Record posture = batched(6);
  posture.entry.kind = EntryKind::posture;
  digests.committed(posture);
  digests.released(Seq{7});
  digests.committed(batched(7));  // as at a start: what the last release covered
  CHECK_FALSE(digests.due(kStart + 1000 * kMinute));
  digests.committed(batched(8));
  CHECK(digests.due(kStart));
}

TEST_CASE("readers of the batched lane get nothing before its release is durable") {
  Scene stage;
  core::Outcome early = stage.batched_report("r1");
  join(early, stage.batched_report("r2"));
  join(early, stage.tick(15 * 60 - 1));
  CHECK(delivered(early, stage.reader()).empty());
  core::Outcome due = stage.after(1, core::Tick{});
  join(due, stage.step(core::Cut{}));
  CHECK(delivered(due, stage.reader()).empty());
  REQUIRE(stage.in_flight().size() == 1);
  CHECK(stage.in_flight()[0].kind == EntryKind::digest);
  const core::Outcome released = stage.settle();
  const auto digests = sent<core::Deliver>(released, stage.reader());
  REQUIRE(digests.size() == 1);
  CHECK(names(digests[0].entries) == Names{"r1", "r2"});
  CHECK(digests[0].digest);
  CHECK(stage.broker().stats().digests == 1);
}

TEST_CASE("one digest message holds at most a digest's entries and bytes") {
  const auto shape = [](std::size_t reports, std::size_t bytes) {
    Scene stage({15 * kMinute, 1'000'000, 1'000'000'000});
    stage.step(stage.hello("bank", Door::batched, {"*"}, 1000));
    for (std::size_t i = 0; i < reports; ++i)
      stage.publish(report_of("r" + std::to_string(i), cast::hatsuden(), "A.near-miss"), bytes);
    std::vector<std::size_t> sizes;
    for (const auto& deliver : sent<core::Deliver>(stage.tick(15 * 60), stage.reader()))
      sizes.push_back(deliver.entries.size());
    return sizes;
  };
  using Sizes = std::vector<std::size_t>;
  CHECK(shape(limits::kDigestEntries, 10) == Sizes{limits::kDigestEntries});
  CHECK(shape(limits::kDigestEntries + 1, 10) == Sizes{limits::kDigestEntries, 1});
  CHECK(shape(5, limits::kDigestBytes / 2) == Sizes{2, 2, 1});
}

TEST_CASE("shutdown lets go what waits, though the interval has not passed") {
  Scene stage;
  stage.batched_report("r1");
  core::Outcome outcome = stage.step(core::Shutdown{});
  join(outcome, stage.settle());
  CHECK(delivered(outcome, stage.reader()) == Names{"r1"});
}

TEST_CASE("a RED report of the batched lane travels alone and in no digest") {
  Scene stage;
  stage.batched_report("r1");
  for (const char* name : {"red1", "red2"})
    stage.publish(labelled(report_of(name, cast::hatsuden(), "A.near-miss"), "RED", {{}, {}, {"bank"}}));
  stage.batched_report("r2");
  stage.batched_report("r3");
  const auto delivers = sent<core::Deliver>(stage.tick(15 * 60), stage.reader());
  REQUIRE(delivers.size() == 4);
  const std::vector<std::pair<Names, bool>> expected{
      {{"r1"}, true}, {{"red1"}, false}, {{"red2"}, false}, {{"r2", "r3"}, true}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(names(delivers[i].entries) == expected[i].first);
    CHECK(delivers[i].digest == expected[i].second);
    if (i > 0) CHECK(delivers[i - 1].upto < delivers[i].upto);
  }
}
