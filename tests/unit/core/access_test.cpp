// What the log says of auditors who read it.
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

const std::vector<EntryKind> kAccess{EntryKind::access};

struct Scene : World {
  Scene() {
    for (const Member& member : {cast::hatsuden(), cast::bank(), cast::auditor(Tlp::green), chief()}) enrol(member);
    publish(report_of("r1", cast::hatsuden()));
  }
  static Member chief() {
    Member member = member_of("chief", Tier::auditor);
    member.audit_clearance = Tlp::red;
    return member;
  }
  core::Replay ask(const std::string& who) {
    step(hello(who, Door::archive));
    core::Replay replay;
    replay.peer = peer(who, Door::archive);
    replay.credit = 100;
    return replay;
  }
  core::Outcome run(const core::Replay& replay) {
    core::Outcome outcome = step(replay);
    join(outcome, settle());
    return outcome;
  }
  std::vector<Access> noted() const {
    std::vector<Access> out;
    for (const RecordPtr& record : log())
      if (const auto* access = std::get_if<Access>(&record->content)) out.push_back(*access);
    return out;
  }
  std::string refusal(const core::Outcome& outcome, const core::Peer& peer) {
    const auto refused = sent<core::Refused>(outcome, peer.id);
    return refused.empty() ? "" : std::string(noroshi::name_of(refused.front().reason));
  }
};

}  // namespace

TEST_CASE("an auditor's replay is one entry that says who asked for what, however many pages it has") {
  Scene stage;
  core::Replay replay = stage.ask("auditor");
  replay.topics = {"C", "B.c"};
  replay.statuses = {Status::actual};
  replay.kinds = {EntryKind::report, EntryKind::access};
  replay.purpose = Purpose::verify;
  replay.credit = 1;
  stage.run(replay);
  stage.step(core::Credit{replay.peer, {}, 50});
  stage.settle();
  REQUIRE(stage.noted().size() == 1);
  const Access access = stage.noted().front();
  CHECK(access.organization == "auditor");
  CHECK(access.purpose == Purpose::verify);
  CHECK(access.from == Seq{1});
  CHECK(access.to == Seq{5});  // the head when asked: its own entry is not part of it
  CHECK(access.topics == replay.topics);
  CHECK(access.statuses == std::set{Status::actual});
  CHECK(access.kinds == std::set{EntryKind::report, EntryKind::access});
}

TEST_CASE("who is no auditor leaves no entry") {
  Scene stage;
  const core::Replay replay = stage.ask("bank");
  CHECK(replayed(stage.run(replay), replay.peer.id) == Names{"r1"});
  CHECK(stage.noted().empty());
}

TEST_CASE("who sees accesses: full clearance all, anybody else its own, and leaves of the others") {
  Scene stage;
  for (const char* who : {"auditor", "chief"}) stage.run(stage.ask(who));
  const auto seen = [&](const char* who) {
    core::Replay replay = stage.ask(who);
    replay.kinds = kAccess;
    return replayed(stage.run(replay), replay.peer.id);
  };
  CHECK(seen("auditor") == Names{"access", "(access)"});
  CHECK(seen("chief") == Names{"access", "access", "access"});
}

TEST_CASE("an access queues with the batched lane") {
  Scene stage;
  stage.step(stage.ask("auditor"));
  stage.submit(report_of("r2", cast::hatsuden()));
  const std::vector<core::Append> batch = stage.step(core::Cut{}).append;
  REQUIRE(batch.size() == 2);
  CHECK(batch[0].kind == EntryKind::report);
  CHECK(batch[1].kind == EntryKind::access);
}

TEST_CASE("the answer belongs to the last request, and to the session that asked") {
  Scene stage;
  core::Replay replay = stage.ask("auditor");
  stage.step(replay);
  stage.step(core::Cut{});
  SECTION("another request") {
    replay.from = Seq{99};
    stage.step(replay);
    const core::Outcome first = stage.commit();
    CHECK(sent<core::ReplayEnd>(first, replay.peer.id).empty());
    CHECK(sent<core::ReplayEnd>(stage.settle(), replay.peer.id).size() == 1);
    CHECK(stage.noted().size() == 2);
  }
  SECTION("a new Hello") {
    stage.step(stage.hello("auditor", Door::archive));
    CHECK(sent<core::ReplayEnd>(stage.settle(), replay.peer.id).empty());
  }
}

TEST_CASE("an auditor that is revoked before its access is durable: neither is") {
  Scene stage;
  const core::Replay replay = stage.ask("auditor");
  stage.step(replay);
  Member auditor = cast::auditor(Tlp::green);
  auditor.revoked = true;
  core::Outcome all = stage.change(auditor);
  join(all, stage.settle());
  CHECK(replayed(all, replay.peer.id).empty());
  CHECK(sent<core::Rejected>(all, replay.peer.id).empty());
  CHECK(stage.noted().empty());
  CHECK(stage.broker().backlog(Lane::batched) == 0);
}

TEST_CASE("no audit that cannot be noted") {
  Scene stage;
  core::Replay replay = stage.ask("auditor");
  SECTION("the broker is stopping") {
    stage.step(core::Shutdown{});
    CHECK(stage.refusal(stage.run(replay), replay.peer) == "shutting_down");
  }
  SECTION("topics that nobody would call topics") {
    replay.topics = {std::string(limits::kReplayTopicBytes + 1, 'C')};
    CHECK(stage.refusal(stage.run(replay), replay.peer) == "too_large");
  }
  CHECK(stage.noted().empty());
}

TEST_CASE("the log is not worn out by asking") {
  Scene stage;
  const core::Peer peer = stage.ask("auditor").peer;
  int through = 0;
  for (std::int64_t i = 0; i < limits::kReplaysBurst + 20; ++i)
    through += stage.step(core::Arrival{peer, core::Charge::replay, 100, 0}).dropped ? 0 : 1;
  CHECK(through == limits::kReplaysBurst);
}
