// Members come, change and go; the posture changes; a connection falls silent.
#include <set>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

struct Scene : World {
  explicit Scene(WorldOptions options = {}) : World(options) {
    for (const Member& member : {cast::hatsuden(), cast::bank()}) enrol(member);
    for (const Door door : {Door::urgent, Door::batched}) step(hello("bank", door, {"*"}));
    step(hello("bank", Door::archive));
    step(hello("hatsuden", Door::urgent, {"*"}));
  }
  Member revoked() const {
    Member bank = cast::bank();
    bank.revoked = true;
    return bank;
  }
  core::Outcome posture(Posture to) {
    core::Outcome outcome = step(core::ChangePosture{7, {to, "why"}});
    join(outcome, settle());
    return outcome;
  }
};

std::set<PeerId> closed_peers(const core::Outcome& outcome) { return {outcome.close.begin(), outcome.close.end()}; }

}  // namespace

TEST_CASE("a revocation closes every session of its organisation, and no other, when it is durable") {
  Scene stage;
  core::Outcome before = stage.change(stage.revoked());
  join(before, stage.step(core::Cut{}));
  CHECK(before.close.empty());
  const core::Outcome after = stage.commit();
  std::set<PeerId> expected;
  for (const Door door : {Door::urgent, Door::batched, Door::archive}) expected.insert(stage.peer("bank", door).id);
  CHECK(closed_peers(after) == expected);
  CHECK(after.admin.at(0).error.empty());
  CHECK(after.admin.at(0).seq == Seq{3});
  CHECK(stage.broker().stats().sessions.at(Door::urgent) == 1);
  const auto refused =
      sent<core::Refused>(stage.step(stage.hello("bank", Door::urgent, {"*"})), stage.peer("bank", Door::urgent).id);
  CHECK(refused.at(0).reason == Reason::revoked);
}

TEST_CASE("a report of the same batch no longer reaches who is revoked in it") {
  Scene stage;
  stage.submit(report_of("r1", cast::hatsuden()));
  stage.change(stage.revoked());
  const core::Outcome outcome = stage.settle();
  CHECK(delivered(outcome, stage.peer("bank", Door::urgent).id).empty());
  CHECK(delivered(outcome, stage.peer("hatsuden", Door::urgent).id) == Names{"r1"});
}

TEST_CASE("any change of a member ends its sessions: the next hello finds the new state") {
  Scene stage;
  Member bank = cast::bank();
  bank.sectors = {"gas"};
  core::Outcome outcome = stage.change(bank);
  join(outcome, stage.settle());
  CHECK(outcome.close.size() == 3);
  stage.reconnect("bank", Door::urgent);
  core::Hello hello = stage.hello("bank", Door::urgent, {"*"});
  hello.from_now = true;
  stage.step(hello);
  outcome = stage.publish(labelled(report_of("r1", cast::hatsuden()), "AMBER", {{"gas"}, {}, {}}));
  CHECK(delivered(outcome, hello.peer.id) == Names{"r1"});
}

TEST_CASE("an old key opens nothing after it has been replaced") {
  Scene stage;
  Member bank = cast::bank();
  bank.transport_keys = {key_of("bank 2")};
  stage.enrol(bank);
  core::Hello hello = stage.hello("bank", Door::urgent, {"*"});
  CHECK(sent<core::Refused>(stage.step(hello), hello.peer.id).at(0).reason == Reason::unknown_member);
  hello.peer.key = key_of("bank 2");
  CHECK(sent<core::Welcome>(stage.step(hello), hello.peer.id).size() == 1);
}

TEST_CASE("a transport key belongs to one organisation") {
  Scene stage;
  Member thief = cast::vendor();
  thief.transport_keys = {key_of("vendor"), key_of("bank")};
  const core::Outcome outcome = stage.change(thief);
  REQUIRE(outcome.admin.size() == 1);
  CHECK_FALSE(outcome.admin[0].error.empty());
  CHECK(stage.broker().idle());
}

TEST_CASE("a transport key belongs to one organisation also among changes that are not yet durable") {
  Scene stage;
  Member thief = cast::vendor();
  thief.transport_keys = cast::meti().transport_keys;
  core::Outcome outcome = stage.change(cast::meti());
  SECTION("while the first waits") {}
  SECTION("while the first is being written") { join(outcome, stage.step(core::Cut{})); }
  join(outcome, stage.change(thief));
  join(outcome, stage.settle());
  REQUIRE(outcome.admin.size() == 2);
  CHECK_FALSE(outcome.admin[0].error.empty());
  CHECK(outcome.admin[1].error.empty());
  CHECK(stage.broker().roster().by_organization("meti"));
  CHECK_FALSE(stage.broker().roster().by_organization("vendor"));
}

TEST_CASE("what a revoked author has waiting is answered and never logged") {
  Scene stage;
  const PeerId author = stage.peer("hatsuden", Door::urgent).id;
  Member hatsuden = cast::hatsuden();
  hatsuden.revoked = true;
  stage.submit(report_of("r1", cast::hatsuden()));
  stage.submit(report_of("b1", cast::hatsuden(), "A.near-miss"));
  stage.change(hatsuden);
  const core::Outcome outcome = stage.settle();
  const auto rejected = sent<core::Rejected>(outcome, author);
  REQUIRE(rejected.size() == 2);
  for (const core::Rejected& each : rejected) CHECK(each.why.reason == Reason::revoked);
  CHECK(sent<core::Accepted>(outcome, author).empty());
  CHECK(closed(outcome, author));
  CHECK(delivered(outcome, stage.peer("bank", Door::urgent).id).empty());
  CHECK_FALSE(stage.stored(report_id("r1")));
  CHECK_FALSE(stage.stored(report_id("b1")));
  CHECK(stage.broker().idle());
  CHECK(stage.broker().backlog(Lane::urgent) == 0);
  CHECK(stage.broker().backlog(Lane::batched) == 0);
}

TEST_CASE("what was cut before its author's revocation stays accepted") {
  Scene stage;
  Member hatsuden = cast::hatsuden();
  hatsuden.revoked = true;
  stage.submit(report_of("r1", cast::hatsuden()));
  stage.step(core::Cut{});
  stage.change(hatsuden);
  const core::Outcome outcome = stage.settle();
  CHECK(sent<core::Accepted>(outcome, stage.peer("hatsuden", Door::urgent).id).size() == 1);
  CHECK(delivered(outcome, stage.peer("bank", Door::urgent).id) == Names{"r1"});
}

TEST_CASE("who expires is sent nothing more, and is told at its next word") {
  Scene stage;
  Member bank = cast::bank();
  bank.valid_until = kStart + 10 * kMicrosPerSecond;
  stage.enrol(bank);
  stage.step(stage.hello("bank", Door::urgent, {"*"}));
  stage.now = kStart + 10 * kMicrosPerSecond;
  CHECK(delivered(stage.publish(report_of("r1", cast::hatsuden())), stage.peer("bank", Door::urgent).id).empty());
  const core::Peer peer = stage.peer("bank", Door::urgent);
  CHECK(sent<core::Refused>(stage.step(core::Heartbeat{peer, {}}), peer.id).at(0).reason == Reason::revoked);
  CHECK(sent<core::HelloRequired>(stage.step(core::Heartbeat{peer, {}}), peer.id).size() == 1);
}

TEST_CASE("the sessions of who expires end with the next tick") {
  Scene stage;
  Member bank = cast::bank();
  bank.valid_until = kStart + 10 * kMicrosPerSecond;
  stage.enrol(bank);
  stage.step(stage.hello("bank", Door::urgent, {"*"}));
  const PeerId peer = stage.peer("bank", Door::urgent).id;
  CHECK_FALSE(closed(stage.after(9, core::Tick{}), peer));
  const core::Outcome outcome = stage.after(1, core::Tick{});
  CHECK(closed_peers(outcome) == std::set<PeerId>{peer});
  CHECK(outcome.events.at(0).kind == core::Event::Kind::session_closed);
}

TEST_CASE("who has expired hears of no posture either") {
  Scene stage;
  Member bank = cast::bank();
  bank.valid_until = kStart + 10 * kMicrosPerSecond;
  stage.enrol(bank);
  stage.step(stage.hello("bank", Door::urgent, {"*"}));
  stage.now = kStart + 10 * kMicrosPerSecond;  // and no tick yet
  const core::Outcome outcome = stage.posture(Posture::incident);
  CHECK(sent<core::Beat>(outcome, stage.peer("bank", Door::urgent).id).empty());
  CHECK(sent<core::Beat>(outcome, stage.peer("hatsuden", Door::urgent).id).size() == 1);
}

TEST_CASE("the roster is for those who have a session") {
  Scene stage;
  const core::Peer bank = stage.peer("bank", Door::urgent);
  const auto answer = sent<core::RosterAnswer>(stage.step(core::RosterQuery{bank, 5}), bank.id);
  REQUIRE(answer.size() == 1);
  CHECK(answer[0].number == 5);
  CHECK(answer[0].members == std::vector<Bytes>{"member bank", "member hatsuden"});
  const core::Peer stranger = stage.peer("vendor", Door::urgent);
  CHECK(sent<core::HelloRequired>(stage.step(core::RosterQuery{stranger, 6}), stranger.id).size() == 1);
}

TEST_CASE("a posture change is durable first, then every session hears of it at once") {
  Scene stage;
  core::Outcome before = stage.step(core::ChangePosture{7, {Posture::incident, "why"}});
  join(before, stage.step(core::Cut{}));
  CHECK(before.send.empty());
  CHECK(stage.broker().posture() == Posture::normal);
  const core::Outcome after = stage.commit();
  CHECK(stage.broker().posture() == Posture::incident);
  for (const Door door : {Door::urgent, Door::batched, Door::archive}) {
    const auto beats = sent<core::Beat>(after, stage.peer("bank", door).id);
    REQUIRE(beats.size() == 1);
    CHECK(beats[0].posture == "incident");
    CHECK(beats[0].head == Seq{3});
  }
  CHECK(sent<core::Beat>(after, stage.peer("hatsuden", Door::urgent).id).size() == 1);
  CHECK(after.admin.at(0).ticket == 7);
}

TEST_CASE("the posture moves the two items that are needed at once as soon as something is on") {
  const auto lane = [](Posture posture, const std::string& item) {
    Scene stage;
    stage.posture(posture);
    stage.publish(report_of("r1", cast::hatsuden(), item));
    return stage.stored(report_id("r1"))->entry.lane;
  };
  for (const char* item : {"B.b.threat-trends", "B.b.security-measures"}) {
    CHECK(lane(Posture::normal, item) == Lane::batched);
    CHECK(lane(Posture::heightened, item) == Lane::urgent);
    CHECK(lane(Posture::incident, item) == Lane::urgent);
  }
  for (const Posture posture : {Posture::normal, Posture::heightened, Posture::incident}) {
    CHECK(lane(posture, "A.near-miss") == Lane::batched);
    CHECK(lane(posture, "C.it-failure") == Lane::urgent);
  }
}

TEST_CASE("the posture survives a restart, and back to normal means normal") {
  Scene stage;
  stage.posture(Posture::heightened);
  stage.restart();
  CHECK(stage.broker().posture() == Posture::heightened);
  stage.posture(Posture::normal);
  stage.publish(report_of("r1", cast::hatsuden(), "B.b.threat-trends"));
  CHECK(stage.stored(report_id("r1"))->entry.lane == Lane::batched);
}

TEST_CASE("silence for more than three intervals is noted and ends the session") {
  WorldOptions options;
  options.heartbeat_us = kMicrosPerSecond;
  Scene stage(options);
  const PeerId bank = stage.peer("bank", Door::urgent).id;
  CHECK(stage.after(3, core::Tick{}).close.empty());
  for (const Door door : {Door::batched, Door::archive}) stage.step(core::Heartbeat{stage.peer("bank", door), {}});
  stage.step(core::Heartbeat{stage.peer("hatsuden", Door::urgent), {}});
  const core::Outcome outcome = stage.after(1, core::Tick{});
  CHECK(closed_peers(outcome) == std::set<PeerId>{bank});
  CHECK(outcome.events.at(0).kind == core::Event::Kind::member_silent);
  CHECK(outcome.events.at(0).organization == "bank");
  CHECK(stage.broker().stats().silent_members == 1);
}

TEST_CASE("who is gone without a goodbye is silent until it is back, unless another session of it stands there") {
  WorldOptions options;
  options.heartbeat_us = kMicrosPerSecond;
  Scene stage(options);
  const auto silent = [&] {
    Names out;
    for (const auto& [organization, since] : stage.broker().silent()) out.push_back(organization);
    return out;
  };
  const auto everybody_beats = [&] {
    for (const Door door : {Door::batched, Door::archive}) stage.step(core::Heartbeat{stage.peer("bank", door), {}});
    stage.step(core::Heartbeat{stage.peer("hatsuden", Door::urgent), {}});
  };
  stage.step(core::PeerGone{stage.peer("bank", Door::urgent).id});
  CHECK(stage.after(3, core::Tick{}).events.empty());
  CHECK(silent().empty());  // it may be about to come back
  everybody_beats();
  const core::Outcome outcome = stage.after(1, core::Tick{});
  REQUIRE(outcome.events.size() == 1);
  CHECK(outcome.events[0].kind == core::Event::Kind::member_silent);
  CHECK(silent() == Names{"bank"});
  everybody_beats();
  CHECK(stage.after(1, core::Tick{}).events.empty());  // it is said once
  stage.reconnect("bank", Door::urgent);
  stage.step(stage.hello("bank", Door::urgent, {"*"}));
  CHECK(silent().empty());

  const PeerId before = stage.peer("bank", Door::urgent).id;
  stage.reconnect("bank", Door::urgent);
  stage.step(stage.hello("bank", Door::urgent, {"*"}));
  stage.step(core::PeerGone{before});
  for (int second = 0; second < 5; ++second) {
    everybody_beats();
    stage.step(core::Heartbeat{stage.peer("bank", Door::urgent), {}});
    stage.after(1, core::Tick{});
  }
  CHECK(silent().empty());

  stage.step(core::PeerGone{stage.peer("bank", Door::urgent).id});
  stage.change(stage.revoked());
  stage.settle();
  stage.after(5, core::Tick{});
  for (const std::string& each : silent()) CHECK(each != "bank");  // nobody waits for it
}

TEST_CASE("for a daemon that is gone nothing else of its member makes up, but a daemon for everything") {
  WorldOptions options;
  options.heartbeat_us = kMicrosPerSecond;
  Scene stage(options);
  const auto here = [&](bool daemon) {
    stage.reconnect("bank", Door::urgent);
    core::Hello hello = stage.hello("bank", Door::urgent, {"*"});
    if (daemon) hello.keeps = {Lane::urgent};
    stage.step(hello);
    return stage.peer("bank", Door::urgent).id;
  };
  const auto told_of = [&] {
    std::size_t told = 0;
    for (int second = 0; second < 5; ++second) {
      for (const Door door : {Door::batched, Door::archive}) stage.step(core::Heartbeat{stage.peer("bank", door), {}});
      stage.step(core::Heartbeat{stage.peer("bank", Door::urgent), {}});
      stage.step(core::Heartbeat{stage.peer("hatsuden", Door::urgent), {}});
      for (const core::Event& event : stage.after(1, core::Tick{}).events)
        told += event.kind == core::Event::Kind::member_silent && event.organization == "bank";
    }
    return told;
  };
  const PeerId first = here(true);
  here(false);
  stage.step(core::PeerGone{first});
  CHECK(told_of() == 1);
  CHECK(stage.broker().silent().contains("bank"));
  here(false);
  CHECK(stage.broker().silent().contains("bank"));
  here(true);
  CHECK_FALSE(stage.broker().silent().contains("bank"));

  const PeerId watching = here(false);
  here(true);
  stage.step(core::PeerGone{watching});
  CHECK(told_of() == 0);
}

TEST_CASE("an old record of a member, though signed, does not come back") {
  Scene stage;
  Member first = cast::bank();
  first.signed_at = Micros{100};
  stage.change(first);
  stage.settle();
  Member gone = stage.revoked();
  gone.signed_at = Micros{200};
  stage.change(gone);
  stage.settle();
  core::Outcome outcome = stage.change(first);
  join(outcome, stage.settle());
  REQUIRE(outcome.admin.size() == 1);
  CHECK(outcome.admin[0].error.find("newer") != std::string::npos);
  CHECK(stage.broker().roster().by_organization("bank")->revoked);
}

TEST_CASE("silence is noticed by a clock that was set back") {
  WorldOptions options;
  options.heartbeat_us = kMicrosPerSecond;
  Scene stage(options);
  const PeerId bank = stage.peer("bank", Door::urgent).id;
  CHECK(stage.after(-7200, core::Tick{}).close.empty());
  CHECK(stage.after(3, core::Tick{}).close.empty());
  CHECK(closed_peers(stage.after(1, core::Tick{})).contains(bank));
}
