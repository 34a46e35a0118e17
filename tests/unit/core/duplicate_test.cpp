// One report id, one sequence, however often and by whomever it is sent.
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

struct Scene : World {
  Scene() {
    enrol(cast::hatsuden());
    step(hello("hatsuden", Door::urgent));
    step(hello("hatsuden", Door::batched));
  }
  PeerId at(Door door) { return peer("hatsuden", door).id; }
  Report report() const { return report_of("r1", cast::hatsuden()); }
  Report other() const {
    Report other = report();
    other.digest[0] ^= 1U;
    return other;
  }
  std::size_t copies() const {
    std::size_t found = 0;
    for (const RecordPtr& record : log())
      if (record->report()) ++found;
    return found;
  }
};

}  // namespace

TEST_CASE("a committed report sent again is accepted as a duplicate, at once and with its first sequence") {
  Scene stage;
  stage.publish(stage.report());
  const auto first = stage.stored(report_id("r1"));
  stage.now = stage.now + 10 * kMicrosPerSecond;
  const auto again = sent<core::Accepted>(stage.submit(stage.report(), Door::batched), stage.at(Door::batched));
  REQUIRE(again.size() == 1);
  CHECK(again[0].duplicate);
  CHECK(again[0].seq == first->entry.seq);
  CHECK(again[0].lane == Lane::urgent);
  CHECK(again[0].recorded_at == kStart);
  CHECK(again[0].topic == "C.it-failure.sector");
  CHECK(stage.broker().idle());
  CHECK(stage.broker().stats().duplicates == 1);
}

TEST_CASE("a report that is on its way sent again waits for the same commit") {
  Scene stage;
  stage.submit(stage.report());
  SECTION("before its batch is cut") {}
  SECTION("while its batch is being written") { stage.step(core::Cut{}); }
  CHECK(stage.submit(stage.report(), Door::batched).send.empty());
  const core::Outcome done = stage.settle();
  const auto first = sent<core::Accepted>(done, stage.at(Door::urgent));
  const auto second = sent<core::Accepted>(done, stage.at(Door::batched));
  REQUIRE(first.size() == 1);
  REQUIRE(second.size() == 1);
  CHECK_FALSE(first[0].duplicate);
  CHECK(second[0].duplicate);
  CHECK(first[0].seq == second[0].seq);
  CHECK(stage.copies() == 1);
}

TEST_CASE("the same id with other content is a conflict") {
  Scene stage;
  stage.submit(stage.report());
  SECTION("while the first waits") {}
  SECTION("while the first is being written") { stage.step(core::Cut{}); }
  SECTION("when the first is durable") { stage.settle(); }
  core::Outcome outcome = stage.submit(stage.other(), Door::batched);
  join(outcome, stage.settle());
  const auto rejected = sent<core::Rejected>(outcome, stage.at(Door::batched));
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].why.reason == Reason::id_conflict);
  CHECK(rejected[0].why.field == "id");
  CHECK(stage.copies() == 1);
}

TEST_CASE("what is in the log stays accepted though its moment has passed") {
  Scene stage;
  Report report = stage.report();
  report.expires_at = kStart + 60 * kMicrosPerSecond;
  stage.publish(report);
  SECTION("expired since") { stage.now = stage.now + 3600 * kMicrosPerSecond; }
  SECTION("the broker is stopping") { stage.step(core::Shutdown{}); }
  const auto again = sent<core::Accepted>(stage.submit(report), stage.at(Door::urgent));
  REQUIRE(again.size() == 1);
  CHECK(again[0].duplicate);
}

TEST_CASE("another organisation cannot ask for a report by sending it") {
  Scene stage;
  stage.enrol(cast::bank());
  stage.publish(stage.report());
  stage.step(stage.hello("bank", Door::urgent));
  core::Submit submit = stage.submission(stage.report());
  submit.peer = stage.peer("bank", Door::urgent);
  const core::Outcome outcome = stage.step(submit);
  const auto rejected = sent<core::Rejected>(outcome, submit.peer.id);
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].why.reason == Reason::organization_mismatch);
}

TEST_CASE("the answer goes to who still waits, and a sender that has gone costs nothing") {
  Scene stage;
  stage.submit(stage.report());
  stage.submit(stage.report(), Door::batched);
  stage.step(core::PeerGone{stage.at(Door::urgent)});
  CHECK(sent<core::Accepted>(stage.settle(), stage.at(Door::batched)).size() == 1);
  CHECK(stage.copies() == 1);
}
