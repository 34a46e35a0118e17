// What leaves to sessions and the open feed, in which order, from memory and from the store.
#include <string>

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
  PeerId reader() { return peer("bank", Door::urgent).id; }
  Report report(std::string_view name, std::string item = "C.it-failure") {
    return report_of(name, cast::hatsuden(), std::move(item));
  }
  // Three in the log, and the broker has forgotten what it had in memory.
  void history() {
    for (const char* name : {"r1", "r2", "r3"}) publish(report(name));
    restart();
  }
};

}  // namespace

TEST_CASE("a live report goes to the lane's sessions that want it") {
  Scene stage;
  stage.step(stage.hello("bank", Door::urgent, {"C"}));
  stage.step(stage.hello("bank", Door::batched, {"C"}));
  stage.step(stage.hello("bank", Door::archive));
  const core::Outcome outcome = stage.publish(stage.report("r1"));
  const auto delivers = sent<core::Deliver>(outcome, stage.reader());
  REQUIRE(delivers.size() == 1);
  CHECK(delivers[0].upto == Seq{3});
  CHECK_FALSE(delivers[0].digest);
  CHECK(delivered(outcome, stage.peer("bank", Door::batched).id).empty());
  CHECK(delivered(stage.publish(stage.report("r2", "B.c.precursor")), stage.reader()).empty());
  CHECK(stage.broker().stats().delivered.at(Lane::urgent) == 1);
}

TEST_CASE("a session that subscribes to nothing gets nothing") {
  Scene stage;
  core::Hello hello = stage.hello("bank", Door::urgent, {"*"});
  SECTION("it did not ask") { hello.subscribe = false; }
  SECTION("it named no topic") { hello.topics.clear(); }
  stage.step(hello);
  CHECK(delivered(stage.publish(stage.report("r1")), stage.reader()).empty());
}

TEST_CASE("catch-up reads the store, then goes on live without a gap and without a double") {
  Scene stage;
  stage.history();
  core::Outcome all = stage.step(stage.hello("bank", Door::urgent, {"*"}));
  REQUIRE(stage.open_reads().size() == 1);
  CHECK(stage.open_reads().front().from == Seq{1});
  CHECK(stage.open_reads().front().kinds == std::vector{EntryKind::report});
  CHECK(stage.open_reads().front().lane == Lane::urgent);
  // While the read is on its way two more arrive; they wait for their turn.
  stage.step(stage.hello("hatsuden", Door::urgent));
  stage.submit(stage.report("r4"));
  stage.submit(stage.report("r5"));
  join(all, stage.step(core::Cut{}));
  join(all, stage.commit());
  CHECK(delivered(all, stage.reader()).empty());
  join(all, stage.answer_read(2));
  CHECK(delivered(all, stage.reader()) == Names{"r1", "r2"});
  join(all, stage.settle());
  CHECK(delivered(all, stage.reader()) == Names{"r1", "r2", "r3", "r4", "r5"});
  join(all, stage.publish(stage.report("r6")));
  CHECK(delivered(all, stage.reader()) == Names{"r1", "r2", "r3", "r4", "r5", "r6"});
}

TEST_CASE("at most one read is open per session") {
  Scene stage;
  stage.history();
  stage.step(stage.hello("bank", Door::urgent, {"*"}));
  const core::Peer bank = stage.peer("bank", Door::urgent);
  stage.step(core::Credit{bank, {}, 10});
  stage.step(core::Heartbeat{bank, {}});
  stage.publish(stage.report("r4"));
  CHECK(stage.open_reads().empty());  // settled: the one read was answered, and no second was asked
  CHECK(stage.step(core::Heartbeat{bank, {}}).read.empty());
}

TEST_CASE("the answer to an earlier read is ignored") {
  Scene stage;
  stage.history();
  stage.step(stage.hello("bank", Door::urgent, {"*"}));
  core::Hello again = stage.hello("bank", Door::urgent, {"*"});
  again.cursor = Seq{4};
  stage.step(again);  // has r1 and r2 (sequences 3, 4) already
  REQUIRE(stage.open_reads().size() == 2);
  const core::Outcome stale = stage.answer_read();
  CHECK(stale.send.empty());
  CHECK(stale.read.empty());
  CHECK(delivered(stage.answer_read(), stage.reader()) == Names{"r3"});
}

TEST_CASE("the answer to a read of a peer that has gone is ignored") {
  Scene stage;
  stage.history();
  stage.step(stage.hello("bank", Door::urgent, {"*"}));
  stage.step(core::PeerGone{stage.reader()});
  const core::Outcome outcome = stage.answer_read();
  CHECK(outcome.send.empty());
  CHECK(outcome.read.empty());
}

TEST_CASE("a read that went further than the last digest shows no more than the digest") {
  Scene stage;
  stage.publish(stage.report("r1", "A.near-miss"));
  stage.after(15 * 60, core::Tick{});
  stage.settle();
  stage.publish(stage.report("r2", "A.near-miss"));
  stage.restart();
  core::Outcome outcome = stage.step(stage.hello("bank", Door::batched, {"*"}));
  join(outcome, stage.settle());
  const PeerId reader = stage.peer("bank", Door::batched).id;
  CHECK(delivered(outcome, reader) == Names{"r1"});
  outcome = stage.after(15 * 60, core::Tick{});
  join(outcome, stage.settle());
  CHECK(delivered(outcome, reader) == Names{"r2"});
}

TEST_CASE("a heartbeat is answered with where the session, the log and the posture stand") {
  Scene stage;
  stage.step(stage.hello("bank", Door::urgent, {"B.c"}));
  stage.publish(stage.report("r1"));  // looked at and not for this session: that counts as had
  const auto beats =
      sent<core::Beat>(stage.step(core::Heartbeat{stage.peer("bank", Door::urgent), {}}), stage.reader());
  REQUIRE(beats.size() == 1);
  CHECK(beats[0].upto == Seq{3});
  CHECK(beats[0].head == Seq{3});
  CHECK(beats[0].posture == "normal");
}

TEST_CASE("the open feed: what is public, in its lane, under its topic") {
  Scene stage;
  core::Outcome outcome = stage.publish(labelled(stage.report("r1"), "CLEAR"));
  REQUIRE(outcome.feed.size() == 1);
  CHECK(outcome.feed[0].lane == Lane::urgent);
  CHECK(outcome.feed[0].topic == "C.it-failure.sector");

  outcome = stage.publish(labelled(stage.report("r2", "A.near-miss"), "CLEAR"));
  CHECK(outcome.feed.empty());  // with its digest
  outcome = stage.after(15 * 60, core::Tick{});
  join(outcome, stage.settle());
  REQUIRE(outcome.feed.size() == 1);
  CHECK(outcome.feed[0].lane == Lane::batched);
  CHECK(outcome.feed[0].topic == "A.near-miss.sector");
}

TEST_CASE("after a restart the open feed says nothing twice, and what was pending when it is due") {
  Scene stage;
  stage.publish(labelled(stage.report("r1"), "CLEAR"));
  stage.publish(labelled(stage.report("r2", "A.near-miss"), "CLEAR"));
  stage.restart();
  core::Outcome outcome = stage.publish(labelled(stage.report("r3"), "CLEAR"));
  CHECK(fed(outcome) == Names{"r3"});
  outcome = stage.after(15 * 60, core::Tick{});
  join(outcome, stage.settle());
  CHECK(fed(outcome) == Names{"r2"});
}
