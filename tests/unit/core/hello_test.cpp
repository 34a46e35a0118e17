// Who gets a session, with what, and who is told what instead.
#include <functional>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

struct Draft {
  Member member = cast::hatsuden();
  core::Hello hello;
  bool stopping = false;
};

struct Row {
  std::string what;
  std::function<void(Draft&)> change;
  std::optional<Reason> reason;  // nullopt: welcome
};

void read_nothing(Member& member) { member.subscribe = false; }

const std::vector<Row> kRows{
    {"unknown key", [](Draft& d) { d.hello.peer.key = key_of("nobody"); }, Reason::unknown_member},
    {"a signing key", [](Draft& d) { d.hello.peer.key = key_of("hatsuden signs"); }, Reason::unknown_member},
    {"revoked", [](Draft& d) { d.member.revoked = true; }, Reason::revoked},
    {"expired", [](Draft& d) { d.member.valid_until = kStart; }, Reason::revoked},
    {"not yet valid", [](Draft& d) { d.member.valid_from = kStart + 1; }, Reason::revoked},
    {"no protocol", [](Draft& d) { d.hello.protocol = 0; }, Reason::protocol_version},
    {"a later protocol", [](Draft& d) { d.hello.protocol = 2; }, Reason::protocol_version},
    {"a revoked member is told no more than that", [](Draft& d) { d.member.revoked = true, d.hello.protocol = 2; },
     Reason::revoked},
    {"unknown topic",
     [](Draft& d) {
       d.hello.topics = {"C", "D"};
     },
     Reason::unknown_item},
    {"part of a word", [](Draft& d) { d.hello.topics = {"B.c.pre"}; }, Reason::unknown_item},
    {"empty topic", [](Draft& d) { d.hello.topics = {""}; }, Reason::unknown_item},
    {"all drills by a star", [](Draft& d) { d.hello.topics = {"exercise.*"}; }, Reason::unknown_item},
    {"too many topics", [](Draft& d) { d.hello.topics.assign(limits::kHelloTopics + 1, "C"); }, Reason::too_large},
    {"no subscriber", [](Draft& d) { read_nothing(d.member); }, Reason::not_permitted},
    {"subscribing at the archive", [](Draft& d) { d.hello.peer.door = Door::archive; }, Reason::not_permitted},
    {"the broker is stopping", [](Draft& d) { d.stopping = true; }, Reason::shutting_down},
    {"subscriber", [](Draft&) {}, std::nullopt},
    {"subscriber at the batched lane", [](Draft& d) { d.hello.peer.door = Door::batched; }, std::nullopt},
    {"just expiring", [](Draft& d) { d.member.valid_until = kStart + 1; }, std::nullopt},
    {"just valid", [](Draft& d) { d.member.valid_from = kStart; }, std::nullopt},
    {"as many topics as there may be", [](Draft& d) { d.hello.topics.assign(limits::kHelloTopics, "C"); },
     std::nullopt},
    {"all drills by their root",
     [](Draft& d) {
       d.hello.topics = {"exercise", "test.C"};
     },
     std::nullopt},
    {"an auditor that does not subscribe, whose reading would leave no entry",
     [](Draft& d) { read_nothing(d.member), d.member.audit_clearance = Tlp::green; }, Reason::not_permitted},
    {"a publisher", [](Draft& d) { read_nothing(d.member), d.hello.subscribe = false; }, std::nullopt},
    {"asking the archive",
     [](Draft& d) { read_nothing(d.member), d.hello.subscribe = false, d.hello.peer.door = Door::archive; },
     std::nullopt},
};

}  // namespace

TEST_CASE("every answer to a hello") {
  for (const Row& row : kRows) {
    INFO(row.what);
    World world;
    Draft draft;
    draft.hello = world.hello("hatsuden", Door::urgent, {"C"});
    row.change(draft);
    world.enrol(draft.member);
    if (draft.stopping) world.step(core::Shutdown{});
    const PeerId peer = draft.hello.peer.id;
    const core::Outcome outcome = world.step(draft.hello);
    const auto refused = sent<core::Refused>(outcome, peer);
    const bool has_session = sent<core::HelloRequired>(world.step(core::Heartbeat{draft.hello.peer, {}}), peer).empty();
    if (!row.reason) {
      CHECK(refused.empty());
      CHECK(sent<core::Welcome>(outcome, peer).size() == 1);
      CHECK(has_session);
      continue;
    }
    REQUIRE(refused.size() == 1);
    CHECK(noroshi::name_of(refused[0].reason) == noroshi::name_of(*row.reason));
    CHECK(sent<core::Welcome>(outcome, peer).empty());
    CHECK_FALSE(has_session);
    CHECK(world.broker().stats().refused.at(*row.reason) == 1);
  }
}

TEST_CASE("there are only so many sessions, and who has one may say hello again") {
  World world;
  world.enrol(cast::hatsuden());
  core::Hello hello = world.hello("hatsuden", Door::urgent);
  for (std::uint64_t i = 0; i < limits::kMaxSessions; ++i) {
    hello.peer.id = PeerId{1000 + i};
    world.step(hello);
  }
  CHECK(world.broker().stats().sessions.at(Door::urgent) == limits::kMaxSessions);
  CHECK(sent<core::Welcome>(world.step(hello), hello.peer.id).size() == 1);
  hello.peer.id = PeerId{999};
  const auto refused = sent<core::Refused>(world.step(hello), hello.peer.id);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].reason == Reason::rate_limited);
}

TEST_CASE("welcome says where the log and the session stand") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(core::ChangePosture{1, {Posture::heightened, ""}});
  world.settle();
  core::Hello hello = world.hello("hatsuden", Door::urgent, {"C"});
  const auto welcome = [&] { return sent<core::Welcome>(world.step(hello), hello.peer.id).at(0); };
  CHECK(welcome().posture == "heightened");
  CHECK(welcome().matrix_version == "test-1");
  CHECK(welcome().head == Seq{2});
  CHECK(welcome().cursor == Seq{0});
  hello.cursor = Seq{1};
  CHECK(welcome().cursor == Seq{1});
  hello.cursor = Seq{99};  // nobody is ahead of the log
  CHECK(welcome().cursor == Seq{2});
  hello.cursor = Seq{};
  hello.from_now = true;
  CHECK(welcome().cursor == Seq{2});
}

TEST_CASE("from now on the batched lane includes the digest that is being gathered") {
  World world;
  world.enrol(cast::hatsuden());
  world.publish(report_of("r1", cast::hatsuden(), "A.near-miss"));
  core::Hello hello = world.hello("hatsuden", Door::batched, {"A"});
  hello.from_now = true;
  world.step(hello);
  core::Outcome outcome = world.after(15 * 60, core::Tick{});
  join(outcome, world.settle());
  CHECK(delivered(outcome, hello.peer.id) == Names{"r1"});
}

TEST_CASE("a second hello replaces the session: topics, cursor and credit") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(world.hello("hatsuden", Door::urgent, {"B.c"}, 100));
  world.step(world.hello("hatsuden", Door::urgent, {"C"}, 1));
  core::Outcome outcome;
  for (const char* name : {"r1", "r2"}) join(outcome, world.publish(report_of(name, cast::hatsuden())));
  join(outcome, world.publish(report_of("r3", cast::hatsuden(), "B.c.precursor")));
  CHECK(delivered(outcome, world.peer("hatsuden", Door::urgent).id) == Names{"r1"});
  CHECK(world.broker().stats().sessions.at(Door::urgent) == 1);
}

TEST_CASE("a replaced session is closed before the new one opens") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(world.hello("hatsuden", Door::urgent, {"C"}));
  const core::Outcome outcome = world.step(world.hello("hatsuden", Door::urgent, {"C"}));
  REQUIRE(outcome.events.size() == 2);
  CHECK(outcome.events[0].kind == core::Event::Kind::session_closed);
  CHECK(outcome.events[1].kind == core::Event::Kind::session_opened);
}

TEST_CASE("a refused hello ends the session it was meant to replace") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(world.hello("hatsuden", Door::urgent));
  world.enrol(cast::bank());
  world.step(world.hello("bank", Door::urgent, {"*"}));
  const core::Outcome outcome = world.step(world.hello("bank", Door::urgent, {"nonsense"}));
  const PeerId bank = world.peer("bank", Door::urgent).id;
  CHECK(sent<core::Refused>(outcome, bank).size() == 1);
  CHECK(outcome.events.at(0).kind == core::Event::Kind::session_closed);
  CHECK(delivered(world.publish(report_of("r1", cast::hatsuden())), bank).empty());
}

TEST_CASE("a frame that does not parse is refused, and the session goes on") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(world.hello("hatsuden", Door::urgent, {"C"}));
  const core::Peer peer = world.peer("hatsuden", Door::urgent);
  const auto refused = sent<core::Refused>(world.step(core::BadFrame{peer, Reason::malformed}), peer.id);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].reason == Reason::malformed);
  CHECK(sent<core::Beat>(world.step(core::Heartbeat{peer, {}}), peer.id).size() == 1);
}

TEST_CASE("goodbye and a lost connection end a session, and the next message needs a hello") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(world.hello("hatsuden", Door::urgent, {"C"}));
  const core::Peer peer = world.peer("hatsuden", Door::urgent);
  SECTION("goodbye") { world.step(core::Goodbye{peer}); }
  SECTION("gone") { world.step(core::PeerGone{peer.id}); }
  CHECK(world.broker().stats().sessions.empty());
  CHECK(sent<core::HelloRequired>(world.step(core::Credit{peer, {}, 1}), peer.id).size() == 1);
}

TEST_CASE("who asks anew again and again and acknowledges nothing is cut off") {
  World world;
  for (const Member& member : {cast::hatsuden(), cast::bank()}) world.enrol(member);
  for (int i = 0; i < 40; ++i) world.publish(report_of("r" + std::to_string(i), cast::hatsuden()), limits::MiB);
  const PeerId bank = world.peer("bank", Door::urgent).id;
  int hellos = 0;
  std::vector<PeerId> closed;
  while (closed.empty() && hellos < 10) {
    ++hellos;
    core::Outcome outcome = world.step(world.hello("bank", Door::urgent, {"*"}));
    join(outcome, world.settle());
    closed = outcome.close;
  }
  CHECK(closed == std::vector{bank});
  CHECK(hellos == 3);  // two sessions' worth were sent
  CHECK(sent<core::HelloRequired>(world.step(core::Heartbeat{world.peer("bank", Door::urgent), {}}), bank).size() == 1);
}
