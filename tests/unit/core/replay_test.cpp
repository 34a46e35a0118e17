// The past, for auditors and for members who were away.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

// Sequences: 1..4 members, 5 r1 GREEN, 6 r2 AMBER gas, 7 r3 RED bank, 8 drill CLEAR exercise, 9 b1 GREEN batched,
// 10 posture.
struct Scene : World {
  explicit Scene(Tlp clearance = Tlp::green) {
    for (const Member& member : {cast::hatsuden(), cast::bank(), cast::vendor(), cast::auditor(clearance)})
      enrol(member);
    publish(report("r1"));
    publish(labelled(report("r2"), "AMBER", {{"gas"}, {}, {}}));
    publish(labelled(report("r3"), "RED", {{}, {}, {"bank"}}));
    Report drill = labelled(report("drill"), "CLEAR");
    drill.status = Status::exercise;
    publish(drill);
    publish(report("b1", "A.near-miss"));
    step(core::ChangePosture{1, {Posture::heightened, "storm"}});
    settle();
  }
  static Report report(std::string_view name, std::string item = "C.it-failure") {
    return report_of(name, cast::hatsuden(), std::move(item));
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
  Names seen(const core::Replay& replay) { return replayed(run(replay), replay.peer.id); }
  std::string refusal(const core::Replay& replay) {
    const auto refused = sent<core::Refused>(run(replay), replay.peer.id);
    return refused.empty() ? "" : std::string(noroshi::name_of(refused.front().reason));
  }
};

const std::vector<EntryKind> kEveryKind{EntryKind::report, EntryKind::member, EntryKind::posture, EntryKind::digest};

}  // namespace

TEST_CASE("an auditor sees every report, and above its clearance the leaf alone") {
  for (const bool from_the_store : {false, true}) {
    INFO((from_the_store ? "from the store" : "from memory"));
    Scene green(Tlp::green);
    if (from_the_store) green.restart();
    CHECK(green.seen(green.ask("auditor")) == Names{"r1", "(r2)", "(r3)", "drill", "b1"});
    Scene amber(Tlp::amber);
    if (from_the_store) amber.restart();
    CHECK(amber.seen(amber.ask("auditor")) == Names{"r1", "r2", "(r3)", "drill", "b1"});
    Scene red(Tlp::red);
    if (from_the_store) red.restart();
    CHECK(red.seen(red.ask("auditor")) == Names{"r1", "r2", "r3", "drill", "b1"});
  }
}

TEST_CASE("a filtered replay shows no redacted leaf: it would tell what the filter matched") {
  Scene stage;
  core::Replay replay = stage.ask("auditor");
  SECTION("by topic") {
    replay.topics = {"C"};
    CHECK(stage.seen(replay) == Names{"r1", "drill"});
  }
  SECTION("by a topic that is everything: no filter") {
    replay.topics = {"*"};
    CHECK(stage.seen(replay) == Names{"r1", "(r2)", "(r3)", "drill", "b1"});
  }
  SECTION("by status") {
    replay.statuses = {Status::actual};
    CHECK(stage.seen(replay) == Names{"r1", "b1"});
  }
  SECTION("by kind and place: the leaf says these itself") {
    replay.kinds = {EntryKind::report, EntryKind::posture};
    replay.from = Seq{7};
    CHECK(stage.seen(replay) == Names{"(r3)", "drill", "b1", "posture"});
  }
}

TEST_CASE("who is no auditor sees the reports it is entitled to, and nothing of the others") {
  Scene stage;
  CHECK(stage.seen(stage.ask("bank")) == Names{"r1", "r3", "drill", "b1"});
  CHECK(stage.seen(stage.ask("vendor")) == Names{"r1", "drill", "b1"});
  CHECK(stage.seen(stage.ask("hatsuden")) == Names{"r1", "r2", "r3", "drill", "b1"});
  core::Replay live_only = stage.ask("bank");
  live_only.statuses = {Status::actual};
  CHECK(stage.seen(live_only) == Names{"r1", "r3", "b1"});
}

TEST_CASE("other kinds of entries are for auditors") {
  Scene stage;
  core::Replay replay = stage.ask("auditor");
  replay.kinds = kEveryKind;
  CHECK(stage.seen(replay) ==
        Names{"member", "member", "member", "member", "r1", "(r2)", "(r3)", "drill", "b1", "posture"});
  for (const auto& kinds : {std::vector{EntryKind::posture}, kEveryKind}) {
    core::Replay not_permitted = stage.ask("bank");
    not_permitted.kinds = kinds;
    CHECK(stage.refusal(not_permitted) == "not_permitted");
  }
}

TEST_CASE("who may not replay") {
  Scene stage;
  Member publisher = cast::vendor();
  publisher.subscribe = false;
  stage.enrol(publisher);
  CHECK(stage.refusal(stage.ask("vendor")) == "not_permitted");

  core::Replay at_urgent = stage.ask("bank");
  at_urgent.peer = stage.peer("bank", Door::urgent);
  stage.step(stage.hello("bank", Door::urgent));
  CHECK(stage.refusal(at_urgent) == "unexpected_message");

  core::Replay too_many = stage.ask("bank");
  too_many.topics.assign(limits::kHelloTopics + 1, "C");
  CHECK(stage.refusal(too_many) == "too_large");

  core::Replay long_topics = stage.ask("bank");
  long_topics.topics.assign(40, "C." + std::string(120, 'x'));
  CHECK(stage.refusal(long_topics) == "too_large");

  core::Replay many_kinds = stage.ask("auditor");
  many_kinds.kinds.assign(kEntryKinds.size() + 1, EntryKind::report);
  CHECK(stage.refusal(many_kinds) == "too_large");
  core::Replay many_statuses = stage.ask("auditor");
  many_statuses.statuses.assign(kStatuses.size() + 1, Status::actual);
  CHECK(stage.refusal(many_statuses) == "too_large");

  core::Replay stranger = stage.ask("bank");
  stranger.peer = stage.peer("gas-gaisha", Door::archive);
  CHECK(sent<core::HelloRequired>(stage.run(stranger), stranger.peer.id).size() == 1);
}

TEST_CASE("a replay has a beginning and an end, and says when it is there") {
  Scene stage;
  core::Replay replay = stage.ask("auditor");
  const auto ends = [&] { return sent<core::ReplayEnd>(stage.run(replay), replay.peer.id); };
  SECTION("to the head") { CHECK(ends().at(0).upto == Seq{10}); }
  SECTION("to an entry, that one included") {
    replay.from = Seq{6};
    replay.to = Seq{7};
    const core::Outcome outcome = stage.run(replay);
    CHECK(replayed(outcome, replay.peer.id) == Names{"(r2)", "(r3)"});
    CHECK(sent<core::ReplayEnd>(outcome, replay.peer.id).at(0).upto == Seq{7});
  }
  SECTION("not beyond the head") {
    replay.to = Seq{1000};
    CHECK(ends().at(0).upto == Seq{10});
  }
  SECTION("an empty one") {
    replay.from = Seq{8};
    replay.to = Seq{7};
    CHECK(ends().size() == 1);
  }
  SECTION("what comes after it began does not belong to it") {
    replay.credit = 1;
    core::Outcome outcome = stage.run(replay);
    join(outcome, stage.publish(Scene::report("late")));
    join(outcome, stage.step(core::Credit{replay.peer, {}, 100}));
    CHECK(replayed(outcome, replay.peer.id) == Names{"r1", "(r2)", "(r3)", "drill", "b1"});
    CHECK(sent<core::ReplayEnd>(outcome, replay.peer.id).size() == 1);
    CHECK(replayed(stage.publish(Scene::report("later")), replay.peer.id).empty());
  }
}

TEST_CASE("credit holds a replay too") {
  Scene stage;
  core::Replay replay = stage.ask("auditor");
  replay.credit = 2;
  core::Outcome outcome = stage.run(replay);
  CHECK(replayed(outcome, replay.peer.id) == Names{"r1", "(r2)"});
  CHECK(sent<core::ReplayEnd>(outcome, replay.peer.id).empty());
  outcome = stage.step(core::Credit{replay.peer, {}, 100});
  CHECK(replayed(outcome, replay.peer.id) == Names{"(r3)", "drill", "b1"});
  CHECK(sent<core::ReplayEnd>(outcome, replay.peer.id).size() == 1);
}

TEST_CASE("a replay whose credit ends with the last entry for it ends there, from memory") {
  Scene stage;
  core::Replay replay = stage.ask("bank");
  replay.to = Seq{6};  // r1, and r2, which is not for the bank
  replay.credit = 1;
  const core::Outcome outcome = stage.run(replay);
  CHECK(replayed(outcome, replay.peer.id) == Names{"r1"});
  CHECK(sent<core::ReplayEnd>(outcome, replay.peer.id).size() == 1);
}

TEST_CASE("a new replay replaces the one that runs, and the answer to its read is ignored") {
  Scene stage;
  stage.restart();
  core::Replay replay = stage.ask("bank");
  stage.step(replay);
  replay.from = Seq{9};
  stage.step(replay);
  REQUIRE(stage.open_reads().size() == 2);
  CHECK(stage.answer_read().send.empty());
  CHECK(replayed(stage.answer_read(), replay.peer.id) == Names{"b1"});
}
