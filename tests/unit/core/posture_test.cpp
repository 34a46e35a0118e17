// What a 対策室 does to the posture.
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::ResponseRooms;

struct Ministry : World {
  explicit Ministry(ResponseRooms rooms) : World({.response_rooms = rooms}) {
    for (const Member& member : {cast::nisc(), cast::meti()}) enrol(member);
  }
  core::Outcome says(std::string_view name, const Member& author, ResponseRoom room) {
    Report report = report_of(name, author, "C.emergency-notice");
    report.response_room = room;
    core::Outcome all = publish(report);
    join(all, step(core::Tick{}));
    join(all, settle());
    return all;
  }
  std::vector<PostureChange> changes() const {
    std::vector<PostureChange> out;
    for (const RecordPtr& record : log())
      if (const auto* change = std::get_if<PostureChange>(&record->content)) out.push_back(*change);
    return out;
  }
};

}  // namespace

TEST_CASE("an opened response room proposes the posture, and a change of it settles the proposal") {
  Ministry world(ResponseRooms::propose);
  world.says("r1", cast::nisc(), ResponseRoom::opened);
  CHECK(world.broker().posture() == Posture::normal);
  REQUIRE(world.broker().proposed_posture());
  CHECK(world.broker().proposed_posture()->posture == Posture::incident);
  CHECK(world.broker().proposed_posture()->report == report_id("r1"));
  world.restart();
  REQUIRE(world.broker().proposed_posture());
  world.step(core::ChangePosture{1, {Posture::heightened, "as agreed", {}}});
  world.settle();
  CHECK_FALSE(world.broker().proposed_posture());
  world.restart();
  CHECK_FALSE(world.broker().proposed_posture());
}

TEST_CASE("where it is so configured the posture follows the response room, once, and names the report") {
  Ministry world(ResponseRooms::apply);
  world.says("r1", cast::nisc(), ResponseRoom::opened);
  CHECK(world.broker().posture() == Posture::incident);
  world.says("r2", cast::nisc(), ResponseRoom::opened);
  REQUIRE(world.changes().size() == 1);
  CHECK(world.changes()[0].report == report_id("r1"));
  world.says("r3", cast::nisc(), ResponseRoom::closed);
  CHECK(world.broker().posture() == Posture::normal);
  CHECK(world.changes().size() == 2);
}

TEST_CASE("a change that was not durable when the broker died is made after its restart") {
  Ministry world(ResponseRooms::apply);
  Report report = report_of("r1", cast::nisc(), "C.emergency-notice");
  report.response_room = ResponseRoom::opened;
  world.step(world.hello("nisc", core::Door::urgent));
  world.submit(report);
  world.step(core::Cut{});
  world.commit();
  world.restart();
  CHECK(world.broker().posture() == Posture::normal);
  world.step(core::Tick{});
  world.settle();
  CHECK(world.broker().posture() == Posture::incident);
}

TEST_CASE("only NISC's, only live, and not where it is to be ignored") {
  SECTION("another author") {
    Ministry world(ResponseRooms::apply);
    world.says("r1", cast::meti(), ResponseRoom::opened);
    CHECK(world.changes().empty());
  }
  SECTION("a drill") {
    Ministry world(ResponseRooms::apply);
    Report report = report_of("r1", cast::nisc());
    report.response_room = ResponseRoom::opened;
    report.status = Status::exercise;
    world.publish(report);
    world.step(core::Tick{});
    world.settle();
    CHECK(world.changes().empty());
  }
  SECTION("ignored") {
    Ministry world(ResponseRooms::ignore);
    world.says("r1", cast::nisc(), ResponseRoom::opened);
    CHECK(world.changes().empty());
    CHECK_FALSE(world.broker().proposed_posture());
  }
}

TEST_CASE("what withdraws a notice of a response room, or comments on it, opens none though it repeats its words") {
  for (const ResponseRooms rooms : {ResponseRooms::apply, ResponseRooms::propose})
    for (const auto& [relation, opens] : {std::pair{Relation::cancel, false}, std::pair{Relation::comment, false},
                                          std::pair{Relation::summary, false}, std::pair{Relation::reference, false},
                                          std::pair{Relation::update, true}, std::pair{Relation::correction, true}}) {
      Ministry world(rooms);
      world.says("r1", cast::nisc(), ResponseRoom::opened);
      world.step(core::ChangePosture{1, {Posture::normal, "a false alarm", {}}});
      world.settle();
      const std::size_t before = world.changes().size();
      Report report = relating(report_of("r2", cast::nisc(), "C.emergency-notice"), relation, "r1");
      report.response_room = ResponseRoom::opened;
      world.publish(report);
      world.step(core::Tick{});
      world.settle();
      INFO(noroshi::name_of(relation));
      CHECK((world.changes().size() > before || world.broker().proposed_posture()) == opens);
    }
}

TEST_CASE("a change that names a report speaks of it: to auditors who may not see that one it is a leaf") {
  const Record change{{}, PostureChange{Posture::incident, "a response room", report_id("r1")}};
  CHECK(change.reports_spoken_of() == std::vector{report_id("r1")});
  CHECK(Record{{}, PostureChange{Posture::incident, "storm"}}.reports_spoken_of().empty());
}

TEST_CASE("only the notice itself speaks for a response room, and one that is withdrawn proposes nothing") {
  Ministry world(ResponseRooms::propose);
  Report other = report_of("r0", cast::nisc(), "C.disaster");
  other.response_room = ResponseRoom::opened;
  world.publish(other);
  CHECK_FALSE(world.broker().proposed_posture());
  world.says("r1", cast::nisc(), ResponseRoom::opened);
  REQUIRE(world.broker().proposed_posture());
  world.publish(relating(report_of("r2", cast::nisc(), "C.emergency-notice"), Relation::cancel, "r1"));
  CHECK_FALSE(world.broker().proposed_posture());
  world.restart();
  CHECK_FALSE(world.broker().proposed_posture());
}
