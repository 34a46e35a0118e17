// Who may continue, correct or call back what, and in which lane that travels.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

// Granted comments and summaries on reports of others.
Member annotator() {
  Member out = cast::vendor();
  out.annotate = true;
  return out;
}

// r1 of hatsuden to everyone, r2 of hatsuden to the gas sector.
struct Scene : World {
  Scene() {
    for (const Member& member : {cast::nisc(), cast::hatsuden(), cast::bank(), cast::gas_gaisha(), annotator()})
      enrol(member);
    publish(report_of("r1", cast::hatsuden()));
    publish(labelled(report_of("r2", cast::hatsuden()), "AMBER", {{"gas"}, {}, {}}));
  }
  std::string verdict(const Report& report) {
    step(hello(report.organization, Door::urgent));
    core::Outcome outcome = submit(report);
    join(outcome, settle());
    const auto rejected = sent<core::Rejected>(outcome, peer(report.organization, Door::urgent).id);
    return rejected.empty() ? "accepted" : std::string(noroshi::name_of(rejected.front().why.reason));
  }
};

struct Row {
  Member author;
  Relation relation;
  std::string to;
  std::string verdict;
};

const std::vector<Row> kRows{
    {cast::hatsuden(), Relation::update, "r1", "accepted"},
    {cast::hatsuden(), Relation::correction, "r1", "accepted"},
    {cast::hatsuden(), Relation::cancel, "r1", "accepted"},
    {cast::hatsuden(), Relation::comment, "r1", "accepted"},
    {cast::hatsuden(), Relation::summary, "r1", "accepted"},
    {cast::hatsuden(), Relation::reference, "r1", "accepted"},
    {cast::hatsuden(), Relation::update, "r2", "accepted"},  // its own, though it is not in the audience
    {cast::nisc(), Relation::update, "r1", "accepted"},
    {cast::nisc(), Relation::cancel, "r1", "accepted"},
    {cast::nisc(), Relation::comment, "r1", "accepted"},
    {cast::nisc(), Relation::summary, "r1", "accepted"},
    {cast::nisc(), Relation::cancel, "r2", "relation_unknown"},
    {cast::bank(), Relation::update, "r1", "relation_forbidden"},
    {cast::bank(), Relation::correction, "r1", "relation_forbidden"},
    {cast::bank(), Relation::cancel, "r1", "relation_forbidden"},
    {cast::bank(), Relation::comment, "r1", "relation_forbidden"},
    {cast::bank(), Relation::summary, "r1", "relation_forbidden"},
    {annotator(), Relation::comment, "r1", "accepted"},
    {annotator(), Relation::summary, "r1", "accepted"},
    {annotator(), Relation::cancel, "r1", "relation_forbidden"},
    {annotator(), Relation::update, "r1", "relation_forbidden"},
    {annotator(), Relation::comment, "r2", "relation_unknown"},  // the right to annotate is no right to see
    {cast::bank(), Relation::reference, "r1", "accepted"},
    {cast::bank(), Relation::reference, "r2", "relation_unknown"},  // what it may not see does not exist
    {cast::bank(), Relation::cancel, "r2", "relation_unknown"},
    {cast::gas_gaisha(), Relation::reference, "r2", "accepted"},
    {cast::gas_gaisha(), Relation::cancel, "r2", "relation_forbidden"},
    {cast::bank(), Relation::reference, "r9", "relation_unknown"},
};

// The lane of `follower` if it relates to `first`, which is committed.
Lane lane_after(const std::string& first, Relation relation, const std::string& follower) {
  World world;
  world.enrol(cast::hatsuden());
  world.publish(report_of("r1", cast::hatsuden(), first));
  world.publish(relating(report_of("r2", cast::hatsuden(), follower), relation, "r1"));
  const RecordPtr record = world.stored(report_id("r2"));
  REQUIRE(record);
  return record->entry.lane;
}

}  // namespace

TEST_CASE("who may relate a report to which") {
  for (const Row& row : kRows) {
    INFO(row.author.organization << " " << noroshi::name_of(row.relation) << " " << row.to);
    Scene stage;
    CHECK(stage.verdict(relating(report_of("n1", row.author), row.relation, row.to)) == row.verdict);
  }
}

TEST_CASE("what corrects or calls back a report is for everyone who may have that one") {
  for (const Relation relation : {Relation::correction, Relation::cancel}) {
    INFO(noroshi::name_of(relation));
    Scene stage;
    const auto verdict = [&](const Report& report) { return stage.verdict(relating(report, relation, "r1")); };
    CHECK(verdict(labelled(report_of("n1", cast::hatsuden()), "GREEN", {{"gas"}, {}, {}})) == "relation_forbidden");
    CHECK(verdict(labelled(report_of("n2", cast::hatsuden()), "RED", {{}, {}, {"bank"}})) == "relation_forbidden");
    CHECK(verdict(labelled(report_of("n3", cast::hatsuden()), "CLEAR")) == "accepted");
    const auto of_the_few = [&](const Report& report) { return stage.verdict(relating(report, relation, "r2")); };
    CHECK(of_the_few(labelled(report_of("n4", cast::hatsuden()), "AMBER", {{"finance"}, {}, {}})) ==
          "relation_forbidden");
    CHECK(of_the_few(labelled(report_of("n5", cast::hatsuden()), "AMBER", {{"gas", "finance"}, {}, {}})) == "accepted");
  }
  Scene stage;  // an update may be for fewer
  CHECK(stage.verdict(relating(labelled(report_of("n1", cast::hatsuden()), "GREEN", {{"gas"}, {}, {}}),
                               Relation::update, "r1")) == "accepted");
}

TEST_CASE("NISC names the author of what it calls back") {
  Scene stage;
  stage.publish(labelled(report_of("r3", cast::hatsuden()), "RED", {{}, {}, {"nisc", "bank"}}));
  const auto call_back = [&](std::string_view name, Audience audience) {
    return stage.verdict(
        relating(labelled(report_of(name, cast::nisc()), "RED", std::move(audience)), Relation::cancel, "r3"));
  };
  CHECK(call_back("n1", {{}, {}, {"nisc", "bank"}}) == "relation_forbidden");
  CHECK(call_back("n2", {{}, {}, {"bank", "hatsuden"}}) == "accepted");
}

TEST_CASE("who asked for a report by its topic hears what follows it, whatever that is about") {
  Scene stage;
  const core::Peer bank = stage.peer("bank", Door::urgent);
  stage.step(stage.hello("bank", Door::urgent, {"C.it-failure.sector"}));
  // NISC publishes as another source group, and says it with another item.
  const core::Outcome live =
      stage.publish(relating(report_of("n1", cast::nisc(), "B.c.precursor"), Relation::cancel, "r1"));
  CHECK(delivered(live, bank.id) == Names{"n1"});
  CHECK(delivered(stage.publish(report_of("n2", cast::nisc(), "B.c.precursor")), bank.id).empty());
  for (const auto& [name, relation] :
       {std::pair{"m1", Relation::reference}, std::pair{"m2", Relation::comment}, std::pair{"m3", Relation::summary}})
    CHECK(delivered(stage.publish(relating(report_of(name, cast::nisc(), "B.c.precursor"), relation, "r1")), bank.id)
              .empty());
  CHECK(delivered(stage.publish(relating(report_of("n3", cast::nisc(), "B.c.precursor"), Relation::update, "r1")),
                  bank.id) == Names{"n3"});
  stage.restart();
  core::Outcome again = stage.step(stage.hello("bank", Door::urgent, {"C.it-failure.sector"}));
  join(again, stage.settle());
  CHECK(delivered(again, stage.peer("bank", Door::urgent).id) == Names{"r1", "n1", "n3"});
}

TEST_CASE("who was given a correction hears what calls that one back, however often") {
  Scene stage;
  const core::Peer bank = stage.peer("bank", Door::urgent);
  stage.step(stage.hello("bank", Door::urgent, {"C.it-failure.sector"}));
  stage.publish(relating(report_of("n0", cast::nisc(), "B.c.precursor"), Relation::correction, "r1"));
  std::string last = "n0";
  for (const std::string name : {"n1", "n2", "n3"}) {
    const core::Outcome live =
        stage.publish(relating(report_of(name, cast::nisc(), "B.c.precursor"), Relation::correction, last));
    CHECK(delivered(live, bank.id) == Names{name});
    last = name;
  }
  stage.restart();
  core::Outcome again = stage.step(stage.hello("bank", Door::urgent, {"C.it-failure.sector"}));
  join(again, stage.settle());
  CHECK(delivered(again, stage.peer("bank", Door::urgent).id) == Names{"r1", "n0", "n1", "n2", "n3"});
}

TEST_CASE("who was given a report hears every version of it that follows, and what calls one of them back") {
  Scene stage;
  const core::Peer bank = stage.peer("bank", Door::urgent);
  stage.step(stage.hello("bank", Door::urgent, {"C.it-failure.sector"}));
  std::string before = "r1";
  for (const std::string update : {"u1", "u2"}) {
    const core::Outcome live =
        stage.publish(relating(report_of(update, cast::nisc(), "B.c.precursor"), Relation::update, before));
    CHECK(delivered(live, bank.id) == Names{update});
    before = update;
  }
  const core::Outcome live =
      stage.publish(relating(report_of("n1", cast::nisc(), "B.c.precursor"), Relation::cancel, "u2"));
  CHECK(delivered(live, bank.id) == Names{"n1"});
  stage.restart();
  core::Outcome again = stage.step(stage.hello("bank", Door::urgent, {"C.it-failure.sector"}));
  join(again, stage.settle());
  CHECK(delivered(again, stage.peer("bank", Door::urgent).id) == Names{"r1", "u1", "u2", "n1"});
}

TEST_CASE("versions of versions have an end, and the last of them can be withdrawn") {
  const Relation relation = GENERATE(Relation::correction, Relation::update);
  Scene stage;
  std::string last = "r1";
  std::string verdict = "accepted";
  std::size_t links = 0;
  while (verdict == "accepted" && links < 1000) {
    const std::string name = "n" + std::to_string(++links);
    verdict = stage.verdict(relating(report_of(name, cast::hatsuden()), relation, last));
    stage.settle();
    if (verdict == "accepted") last = name;
  }
  CHECK(verdict == "relation_forbidden");
  CHECK(links == limits::kVersions);
  CHECK(stage.verdict(relating(report_of("z1", cast::hatsuden()), Relation::cancel, last)) == "accepted");
}

TEST_CASE("what the open feed has said is called back there, too") {
  Scene stage;
  stage.publish(labelled(report_of("r3", cast::hatsuden()), "CLEAR"));
  const auto call_back = [&](std::string_view name, const std::string& tlp) {
    return stage.verdict(relating(labelled(report_of(name, cast::hatsuden()), tlp), Relation::cancel, "r3"));
  };
  CHECK(call_back("n1", "GREEN") == "relation_forbidden");  // for every member, and not for who listens
  CHECK(call_back("n2", "CLEAR") == "accepted");
}

TEST_CASE("what is hidden and what does not exist are told apart by nothing") {
  Scene stage;
  stage.step(stage.hello("bank", Door::urgent));
  std::vector<Rejection> why;
  for (const char* to : {"r2", "r9"}) {
    const core::Outcome outcome = stage.submit(relating(report_of("n1", cast::bank()), Relation::cancel, to));
    why.push_back(sent<core::Rejected>(outcome, stage.peer("bank", Door::urgent).id).at(0).why);
  }
  const std::size_t at = why[0].detail.find(report_id("r2").value);
  REQUIRE(at != std::string::npos);
  why[0].detail.replace(at, report_id("r2").value.size(), report_id("r9").value);
  CHECK(why[0] == why[1]);
}

TEST_CASE("a relation to a report that is still on its way") {
  Scene stage;
  stage.step(stage.hello("hatsuden", Door::urgent));
  stage.step(stage.hello("bank", Door::urgent));
  stage.submit(labelled(report_of("r3", cast::hatsuden()), "AMBER", {{"gas"}, {}, {}}));
  SECTION("is known to who may see it") {
    CHECK(stage.verdict(relating(report_of("n1", cast::hatsuden()), Relation::update, "r3")) == "accepted");
  }
  SECTION("and to nobody else") {
    CHECK(stage.verdict(relating(report_of("n1", cast::bank()), Relation::reference, "r3")) == "relation_unknown");
  }
  SECTION("also while its batch is being written") {
    stage.step(core::Cut{});
    CHECK(stage.verdict(relating(report_of("n1", cast::hatsuden()), Relation::cancel, "r3")) == "accepted");
  }
}

TEST_CASE("a correction or withdrawal is at least as fast as what it touches") {
  CHECK(lane_after("C.it-failure", Relation::cancel, "A.near-miss") == Lane::urgent);
  CHECK(lane_after("C.it-failure", Relation::correction, "A.near-miss") == Lane::urgent);
  for (const Relation slow : {Relation::update, Relation::comment, Relation::summary, Relation::reference})
    CHECK(lane_after("C.it-failure", slow, "A.near-miss") == Lane::batched);
  CHECK(lane_after("A.near-miss", Relation::correction, "A.near-miss") == Lane::batched);
  CHECK(lane_after("A.near-miss", Relation::correction, "C.it-failure") == Lane::urgent);
}

TEST_CASE("the lane of what a correction touches is the one it took, not the one it would take now") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(core::ChangePosture{1, {Posture::heightened, ""}});
  world.settle();
  world.publish(report_of("r1", cast::hatsuden(), "B.b.threat-trends"));
  world.step(core::ChangePosture{2, {Posture::normal, ""}});
  world.settle();
  world.publish(relating(report_of("r2", cast::hatsuden(), "B.b.threat-trends"), Relation::cancel, "r1"));
  world.publish(report_of("r3", cast::hatsuden(), "B.b.threat-trends"));
  CHECK(world.stored(report_id("r1"))->entry.lane == Lane::urgent);
  CHECK(world.stored(report_id("r2"))->entry.lane == Lane::urgent);
  CHECK(world.stored(report_id("r3"))->entry.lane == Lane::batched);
}

TEST_CASE("what calls back the newest version is as fast as the fastest before it") {
  World world;
  world.enrol(cast::hatsuden());
  const auto turn_to = [&](Posture posture) {
    world.step(core::ChangePosture{1, {posture, ""}});
    world.settle();
  };
  const auto lane_of = [&](std::string_view name, std::optional<Relation> relation, std::string_view before = "") {
    Report report = report_of(name, cast::hatsuden(), "B.b.threat-trends");
    world.publish(relation ? relating(report, *relation, before) : report);
    return world.stored(report_id(name))->entry.lane;
  };
  turn_to(Posture::heightened);
  CHECK(lane_of("r1", {}) == Lane::urgent);
  turn_to(Posture::normal);
  CHECK(lane_of("u1", Relation::update, "r1") == Lane::batched);
  CHECK(lane_of("u2", Relation::update, "u1") == Lane::batched);
  CHECK(lane_of("n1", Relation::comment, "u2") == Lane::batched);
  CHECK(lane_of("n2", Relation::correction, "u2") == Lane::urgent);
  CHECK(lane_of("n3", Relation::cancel, "u2") == Lane::urgent);
  CHECK(lane_of("r2", {}) == Lane::batched);
  CHECK(lane_of("n4", Relation::cancel, "r2") == Lane::batched);
}

TEST_CASE("the lane of what is still on its way counts too") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(world.hello("hatsuden", Door::urgent));
  world.submit(report_of("r1", cast::hatsuden()));
  world.submit(relating(report_of("r2", cast::hatsuden(), "A.near-miss"), Relation::cancel, "r1"));
  world.settle();
  const RecordPtr cancel = world.stored(report_id("r2"));
  REQUIRE(cancel);
  CHECK(cancel->entry.lane == Lane::urgent);
  CHECK(world.stored(report_id("r1"))->entry.seq < cancel->entry.seq);
}

TEST_CASE("what relates to a report never stands before it in the log") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(world.hello("hatsuden", Door::urgent));
  world.submit(report_of("b1", cast::hatsuden(), "A.near-miss"));
  world.submit(report_of("r1", cast::hatsuden(), "A.near-miss"));
  world.submit(relating(report_of("r2", cast::hatsuden()), Relation::update, "r1"));  // urgent
  world.settle();
  const RecordPtr first = world.stored(report_id("r1"));
  const RecordPtr second = world.stored(report_id("r2"));
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->entry.seq < second->entry.seq);
  CHECK(first->entry.lane == Lane::batched);
}

TEST_CASE("a withdrawal is final, but may be spoken of") {
  for (const Relation relation : {Relation::update, Relation::correction, Relation::cancel, Relation::comment,
                                  Relation::summary, Relation::reference}) {
    Scene stage;
    stage.publish(report_of("r3", cast::hatsuden()));
    stage.publish(relating(report_of("c1", cast::hatsuden()), Relation::cancel, "r3"));
    INFO(noroshi::name_of(relation));
    const std::string verdict = stage.verdict(relating(report_of("n1", cast::hatsuden()), relation, "c1"));
    const bool spoken_of =
        relation == Relation::comment || relation == Relation::summary || relation == Relation::reference;
    CHECK(verdict == (spoken_of ? "accepted" : "relation_forbidden"));
  }
}

TEST_CASE("a drill touches nothing live, a live report no drill, and either may refer to the other") {
  const auto verdict = [](Status first, Relation relation, Status follower) {
    Scene stage;
    Report related = report_of("r3", cast::hatsuden());
    related.status = first;
    stage.publish(related);
    Report report = relating(report_of("n1", cast::hatsuden()), relation, "r3");
    report.status = follower;
    return stage.verdict(report);
  };
  for (const Relation relation :
       {Relation::update, Relation::correction, Relation::cancel, Relation::comment, Relation::summary}) {
    INFO(noroshi::name_of(relation));
    CHECK(verdict(Status::actual, relation, Status::exercise) == "relation_forbidden");
    CHECK(verdict(Status::actual, relation, Status::test) == "relation_forbidden");
    CHECK(verdict(Status::exercise, relation, Status::actual) == "relation_forbidden");
    CHECK(verdict(Status::exercise, relation, Status::test) == "relation_forbidden");
    CHECK(verdict(Status::exercise, relation, Status::exercise) == "accepted");
  }
  CHECK(verdict(Status::actual, Relation::reference, Status::exercise) == "accepted");
  CHECK(verdict(Status::exercise, Relation::reference, Status::actual) == "accepted");
}
