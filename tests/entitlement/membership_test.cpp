// Who is who: a key opens the sessions of one organisation only, the newest change counts, and nobody inherits a view.
#include <string>

#include "tests/entitlement/small_world.h"
#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;

std::string answer_to_hello(WatchedWorld& watched, const PublicKey& key, std::uint64_t connection) {
  core::Hello hello = watched.world.hello("somebody", Door::urgent, {"*"});
  hello.peer = {PeerId{connection}, Door::urgent, key};
  const auto refused = sent<core::Refused>(watched.step(hello), hello.peer.id);
  return refused.empty() ? "welcome" : std::string(noroshi::name_of(refused.front().reason));
}

std::vector<std::string> errors_in(const core::Outcome& outcome) {
  std::vector<std::string> all;
  for (const core::AdminDone& done : outcome.admin)
    if (!done.error.empty()) all.push_back(done.error);
  return all;
}

}  // namespace

TEST_CASE("a transport key belongs to one organisation, before and after it is durable, and for ever") {
  Member thief = cast::vendor();
  thief.transport_keys = {key_of("hatsuden")};
  for (const bool durable : {true, false}) {
    WatchedWorld watched;
    core::Outcome outcome = watched.step(core::ChangeMember{1, "member hatsuden", cast::hatsuden()});
    if (durable) join(outcome, watched.settle());
    join(outcome, watched.enrol(thief));
    CHECK(errors_in(outcome).size() == 1);
  }
  WatchedWorld watched;
  Member gone = cast::hatsuden();
  watched.enrol(gone);
  gone.revoked = true;
  watched.enrol(gone);
  CHECK(errors_in(watched.enrol(thief)).size() == 1);
  CHECK(answer_to_hello(watched, key_of("hatsuden"), 100) == "revoked");
}

// Whose it is now decides, and not whose it would have been when it was written.
TEST_CASE("who joins later may read what is for it of the time before") {
  World world;
  world.enrol(cast::hatsuden());
  world.publish(report_of("r1", cast::hatsuden()));
  world.now = world.now + kMicrosPerSecond;
  Member bank = cast::bank();
  Member auditor = cast::auditor(Tlp::red);
  bank.valid_from = auditor.valid_from = world.now;
  world.enrol(bank);
  world.enrol(auditor);
  core::Outcome live = world.step(world.hello("bank", Door::urgent, {"*"}));
  join(live, world.settle());
  CHECK(delivered(live, world.peer("bank", Door::urgent).id) == Names{"r1"});
  for (const std::string& reader : {bank.organization, auditor.organization}) {
    INFO(reader);
    const core::Peer peer = world.peer(reader, Door::archive);
    world.step(world.hello(reader, Door::archive));
    core::Replay replay;
    replay.peer = peer;
    replay.credit = 100;
    core::Outcome read = world.step(replay);
    join(read, world.settle());
    CHECK(replayed(read, peer.id) == Names{"r1"});
  }
}

TEST_CASE("a key that was replaced opens nothing") {
  WatchedWorld watched;
  Member member = cast::hatsuden();
  watched.enrol(member);
  CHECK(answer_to_hello(watched, key_of("hatsuden"), 100) == "welcome");
  member.transport_keys = {key_of("another")};
  watched.enrol(member);
  CHECK(answer_to_hello(watched, key_of("hatsuden"), 101) == "unknown_member");
  CHECK(answer_to_hello(watched, key_of("another"), 102) == "welcome");
  for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
}

TEST_CASE("the roster has the newest change of each, for members in force with a session") {
  WatchedWorld watched;
  watched.enrol(cast::meti());
  watched.enrol(cast::hatsuden());
  watched.step(core::ChangeMember{1, "member hatsuden, changed", cast::hatsuden()});
  watched.settle();
  const core::Peer peer = watched.world.peer("meti", Door::archive);
  CHECK(sent<core::RosterAnswer>(watched.step(core::RosterQuery{peer, 1}), peer.id).empty());
  watched.step(watched.world.hello("meti", Door::archive));
  const auto answers = sent<core::RosterAnswer>(watched.step(core::RosterQuery{peer, 2}), peer.id);
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().members == std::vector<Bytes>{"member hatsuden, changed", "member meti"});
}

TEST_CASE("a change that leaves a membership in force ends its sessions, and nobody else's, and drops no report") {
  WatchedWorld watched;
  for (const Member& member : {cast::meti(), cast::hatsuden()}) {
    watched.enrol(member);
    watched.step(watched.world.hello(member.organization, Door::urgent, {"*"}));
  }
  watched.submit(secret(report_of("r1", cast::hatsuden())));
  Member changed = cast::hatsuden();
  changed.sectors = {"gas"};
  const core::Outcome outcome = watched.enrol(changed);
  CHECK(closed(outcome, watched.world.peer("hatsuden", Door::urgent).id));
  CHECK_FALSE(closed(outcome, watched.world.peer("meti", Door::urgent).id));
  CHECK(delivered(outcome, watched.world.peer("meti", Door::urgent).id) == Names{"r1"});
  CHECK(delivered(outcome, watched.world.peer("hatsuden", Door::urgent).id).empty());
}
