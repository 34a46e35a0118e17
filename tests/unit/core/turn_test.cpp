// Batched and archive sessions have turns of bounded size, so that urgent ones do not wait for them.
#include <string>

#include "proto/types/limits.h"
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

WorldOptions by_hand() {
  WorldOptions options;
  options.digest.bytes = 1U << 30U;  // only time releases
  options.turns_by_hand = true;
  return options;
}

// A turn ends with the message that fills it.
constexpr std::size_t kMostOfATurn = limits::kPumpBytesPerTurn + limits::kDigestBytes + limits::kReportBytes;

struct Scene : World {
  Scene() : World(by_hand()) {
    for (const Member& member : {cast::hatsuden(), cast::bank(), cast::denryoku()}) enrol(member);
  }
  // More than a session's window, all of it released.
  void backlog() {
    for (int i = 0; i < 20; ++i)
      publish(report_of("r" + std::to_string(i), cast::hatsuden(), "A.near-miss"), limits::kReportBytes / 2);
    release();
  }
  void release() {
    after(15 * 60, core::Tick{});
    step(core::Cut{});
    commit();
  }
  core::Hello reader(const std::string& organization) {
    return hello(organization, Door::batched, {"*"}, limits::kMaxCredit);
  }
  core::Outcome turn() { return step(core::Continue{}); }
};

template <class Message>
std::size_t bytes_of(const core::Outcome& outcome, PeerId peer) {
  std::size_t bytes = 0;
  for (const Message& message : sent<Message>(outcome, peer))
    for (const core::Released& entry : message.entries) bytes += entry.record()->entry.body.size();
  return bytes;
}

std::size_t bytes_to(const core::Outcome& outcome, PeerId peer) {
  return bytes_of<core::Deliver>(outcome, peer) + bytes_of<core::ReplayChunk>(outcome, peer);
}

}  // namespace

TEST_CASE("sessions of the batched lane wait for their turn, urgent ones do not") {
  Scene stage;
  stage.step(stage.hello("bank", Door::urgent, {"*"}));
  stage.step(stage.hello("bank", Door::batched, {"*"}));
  stage.publish(report_of("r1", cast::hatsuden(), "A.near-miss"));
  stage.release();
  REQUIRE(stage.broker().sessions_wait());
  stage.submit(report_of("r2", cast::hatsuden()));
  stage.step(core::Cut{});
  const core::Outcome committed = stage.commit();
  CHECK(delivered(committed, stage.peer("bank", Door::urgent).id) == Names{"r2"});
  CHECK(delivered(committed, stage.peer("bank", Door::batched).id).empty());
  CHECK(delivered(stage.turn(), stage.peer("bank", Door::batched).id) == Names{"r1"});
  CHECK_FALSE(stage.broker().sessions_wait());
}

TEST_CASE("one turn hands over a bounded number of bytes, and the turns after it the rest") {
  Scene stage;
  const core::Hello hello = stage.reader("bank");
  stage.step(hello);
  stage.backlog();
  std::size_t all = 0;
  int turns = 0;
  while (stage.broker().sessions_wait() && ++turns < 100) {
    const std::size_t bytes = bytes_to(stage.turn(), hello.peer.id);
    CHECK(bytes <= kMostOfATurn);
    all += bytes;
  }
  CHECK(turns > 1);
  CHECK(turns < 100);
  CHECK(all + limits::kReportBytes >= limits::kSessionBytes);  // as much as its window holds
}

TEST_CASE("what a batched session says is answered at once, what it asks for comes in its turn") {
  Scene stage;
  stage.backlog();
  core::Hello hello = stage.reader("bank");
  hello.credit = 0;
  core::Outcome outcome = stage.step(hello);
  CHECK(sent<core::Welcome>(outcome, hello.peer.id).size() == 1);
  SECTION("hello") {
    hello.credit = limits::kMaxCredit;
    outcome = stage.step(hello);
  }
  SECTION("credit") { outcome = stage.step(core::Credit{hello.peer, {}, limits::kMaxCredit}); }
  SECTION("heartbeat") {
    stage.step(core::Credit{hello.peer, {}, limits::kMaxCredit});
    outcome = stage.step(core::Heartbeat{hello.peer, {}});
    CHECK(sent<core::Beat>(outcome, hello.peer.id).size() == 1);
  }
  CHECK(bytes_to(outcome, hello.peer.id) == 0);
  REQUIRE(stage.broker().sessions_wait());
  const std::size_t bytes = bytes_to(stage.turn(), hello.peer.id);
  CHECK(bytes > 0);
  CHECK(bytes <= kMostOfATurn);
}

TEST_CASE("a replay waits for its turn") {
  Scene stage;
  stage.backlog();
  stage.step(stage.hello("bank", Door::archive));
  core::Replay replay;
  replay.peer = stage.peer("bank", Door::archive);
  replay.credit = limits::kMaxCredit;
  CHECK(bytes_to(stage.step(replay), replay.peer.id) == 0);
  const std::size_t bytes = bytes_to(stage.turn(), replay.peer.id);
  CHECK(bytes > 0);
  CHECK(bytes <= kMostOfATurn);
}

TEST_CASE("an answer from the store is handed over within a turn's bytes") {
  Scene stage;
  stage.backlog();
  stage.restart();
  const core::Hello hello = stage.reader("bank");
  stage.step(hello);
  stage.turn();
  REQUIRE(stage.open_reads().size() == 1);
  CHECK(bytes_to(stage.answer_read(), hello.peer.id) <= kMostOfATurn);
}

TEST_CASE("every session that waits has its turn before one has its second") {
  Scene stage;
  const core::Hello first = stage.reader("bank");
  const core::Hello second = stage.reader("denryoku");
  stage.step(first);
  stage.step(second);
  stage.backlog();
  const core::Outcome one = stage.turn();
  const core::Outcome two = stage.turn();
  CHECK((bytes_to(one, first.peer.id) > 0) != (bytes_to(one, second.peer.id) > 0));
  CHECK((bytes_to(two, first.peer.id) > 0) != (bytes_to(one, first.peer.id) > 0));
}

TEST_CASE("who has gone has no turn") {
  Scene stage;
  const core::Hello hello = stage.reader("bank");
  stage.step(hello);
  stage.backlog();
  stage.step(core::PeerGone{hello.peer.id});
  CHECK(stage.turn().send.empty());
  CHECK_FALSE(stage.broker().sessions_wait());
}
