#include "subscriber/inbox.h"

#include "subscriber/sinks.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/inbox_scene.h"

namespace noroshi::test {

using namespace subscriber;

TEST_CASE("what is delivered again is there once") {
  const InboxScene scene;
  scene.make();
  Inbox inbox = scene.inbox();
  CHECK(inbox.store(Lane::urgent, batch(1, 3), Micros{1}).size() == 3);
  CHECK(inbox.store(Lane::urgent, batch(2, 5), Micros{2}).size() == 2);
  CHECK(inbox.readings().size() == 5);
  CHECK(inbox.cursor(Lane::urgent) == Seq{5});
  CHECK_FALSE(inbox.cursor(Lane::batched));
  CHECK(inbox.owed(100).size() == 5);
}

TEST_CASE("another entry under a sequence that is known is another report") {
  const InboxScene scene;
  scene.make();
  Inbox inbox = scene.inbox();
  inbox.store(Lane::urgent, batch(1, 3), Micros{1});
  inbox.step_back(Lane::urgent, Seq{});
  CHECK(inbox.cursor(Lane::urgent) == Seq{0});
  auto other = delivery(2);
  other.report.set_id(report_id(77));
  other.entry.salt.fill(9);
  other.entry.leaf = wire::leaf_of(other.entry.salt, other.entry.body);
  CHECK(inbox.store(Lane::urgent, {delivery(1), other}, Micros{2}).size() == 1);
  CHECK(inbox.readings().size() == 4);
  CHECK(inbox.cursor(Lane::urgent) == Seq{2});
}

TEST_CASE("a report whose signature is not valid is kept and not confirmed") {
  const InboxScene scene;
  scene.make();
  Inbox inbox = scene.inbox();
  auto forged = delivery(1);
  forged.signature = client::Check::invalid;
  auto unknown = delivery(2);
  unknown.signature = client::Check::unknown_key;
  inbox.store(Lane::urgent, {forged, unknown}, Micros{1});
  CHECK(inbox.readings().size() == 2);
  CHECK(inbox.find("1")->signature == "invalid");
  inbox.opened(*inbox.find("1"), Micros{2});
  CHECK(inbox.owed(100).empty());
}

TEST_CASE("receipts are owed until they are settled, answers each") {
  const InboxScene scene;
  scene.make();
  Inbox inbox = scene.inbox();
  inbox.store(Lane::urgent, {delivery(1)}, Micros{1});
  inbox.opened(*inbox.find(report_id(1)), Micros{2});
  inbox.opened(*inbox.find(report_id(1)), Micros{3});
  inbox.answered(*inbox.find("1"), Answer::relevant, "一", Micros{4});
  inbox.answered(*inbox.find("1"), Answer::handled, "二", Micros{5});
  auto owed = inbox.owed(100);
  REQUIRE(owed.size() == 4);
  CHECK(owed[1].stage == Stage::opened);
  CHECK(owed[1].at == Micros{2});
  CHECK(owed[3].answer == Answer::handled);
  CHECK(owed[3].note == "二");
  inbox.settle({owed[0].number, owed[2].number});
  owed = inbox.owed(100);
  REQUIRE(owed.size() == 2);
  inbox.settle({owed[0].number}, "relation_unknown: gone");
  CHECK(inbox.owed(100).size() == 1);
  CHECK(inbox.find("1")->answer == Answer::handled);
}

TEST_CASE("what withdraws a report is found whichever came first; a cancellation outweighs a correction") {
  const InboxScene scene;
  scene.make();
  Inbox inbox = scene.inbox();
  auto forged = delivery(9, report_id(3));
  forged.signature = client::Check::invalid;
  inbox.store(Lane::urgent,
              {delivery(5, report_id(1)), delivery(1), delivery(2), delivery(3),
               delivery(6, report_id(2), v1::RelatesTo::CANCEL), delivery(7, report_id(2), v1::RelatesTo::CORRECTION),
               delivery(8, report_id(3), v1::RelatesTo::UPDATE), forged},
              Micros{1});
  CHECK(inbox.find("1")->withdrawn->report == report_id(5));
  CHECK(inbox.find("2")->withdrawn->report == report_id(6));
  CHECK(inbox.find("2")->withdrawn->relation == Relation::cancel);
  CHECK_FALSE(inbox.find("3")->withdrawn);
  CHECK_FALSE(inbox.find("5")->withdrawn);
}

TEST_CASE("of two corrections the newer in the log counts, whichever came first, and what cancels it is heard of") {
  const InboxScene scene;
  scene.make();
  Inbox inbox = scene.inbox();
  inbox.store(Lane::urgent, {delivery(1), delivery(7, report_id(1), v1::RelatesTo::CORRECTION)}, Micros{1});
  inbox.store(Lane::batched, {delivery(5, report_id(1), v1::RelatesTo::CORRECTION)}, Micros{2});
  CHECK(inbox.find("1")->withdrawn->report == report_id(7));
  inbox.store(Lane::urgent, {delivery(8, report_id(5), v1::RelatesTo::CANCEL)}, Micros{3});
  CHECK(inbox.find("1")->withdrawn->report == report_id(7));
  inbox.store(Lane::urgent, {delivery(9, report_id(7), v1::RelatesTo::CANCEL)}, Micros{3});
  CHECK(inbox.find("1")->withdrawn->report == report_id(9));
  CHECK(inbox.find("1")->withdrawn->relation == Relation::cancel);
  CHECK(inbox.readings().size() == 5);
}

TEST_CASE("an update for fewer readers does not take its report with it when it is cancelled") {
  for (const bool fewer : {true, false}) {
    const InboxScene scene;
    scene.make();
    Inbox inbox = scene.inbox();
    Delivery first = delivery(1), update = delivery(2, report_id(1), v1::RelatesTo::UPDATE);
    for (Delivery* each : {&first, &update}) {
      each->report.set_tlp("AMBER");
      each->report.mutable_audience()->add_sectors("gas");
    }
    (fewer ? first : update).report.mutable_audience()->add_sectors("water");
    seal(first);
    seal(update);
    inbox.store(Lane::urgent, {first, update, delivery(3, report_id(2))}, Micros{1});
    CHECK(inbox.find("2")->withdrawn->report == report_id(3));
    CHECK(inbox.find("1")->withdrawn.has_value() != fewer);
  }
}

TEST_CASE("urgent first, the newest first") {
  const InboxScene scene;
  scene.make();
  Inbox inbox = scene.inbox();
  inbox.store(Lane::batched, batch(1, 2), Micros{1});
  inbox.store(Lane::urgent, batch(3, 4), Micros{1});
  std::vector<std::uint64_t> order;
  for (const Reading& each : inbox.readings()) order.push_back(each.entry.seq.value);
  CHECK(order == std::vector<std::uint64_t>{4, 3, 2, 1});
}

TEST_CASE("what came as one digest is known as such, and an inbox of before learns it") {
  const InboxScene scene;
  scene.make();
  scene.inbox().store(Lane::batched, batch(9, 9), Micros{1});
  scene.folder()
      .open(Durable::at_once)
      ->run(
          "ALTER TABLE entries DROP COLUMN digest; ALTER TABLE events DROP COLUMN report; ALTER TABLE events DROP "
          "COLUMN stage; "
          "ALTER TABLE lanes DROP COLUMN statement; ALTER TABLE lanes DROP COLUMN clock_offset; ALTER TABLE events "
          "DROP "
          "COLUMN fork; DROP TABLE log_memory; DROP TABLE forks; DROP TABLE arrivals; DROP TABLE sought; PRAGMA "
          "user_version = 1");
  scene.make();
  Inbox inbox = scene.inbox();
  auto some = batch(1, 3);
  some[1].digest = some[2].digest = some[2].digest_end = true;
  inbox.store(Lane::urgent, some, Micros{1});
  const auto readings = inbox.readings_after(Lane::urgent, 0, 9);
  CHECK(inbox.find("9"));  // what was there counts as it is
  REQUIRE(readings.size() == 3);
  CHECK_FALSE(readings[0].digest);
  CHECK((readings[1].digest && !readings[1].digest_end));
  CHECK((readings[2].digest && readings[2].digest_end));
}

TEST_CASE("what another connection writes is noticed") {
  const InboxScene scene;
  scene.make();
  Inbox daemon = scene.inbox(), command = scene.inbox();
  daemon.changed_elsewhere();
  daemon.store(Lane::urgent, {delivery(1)}, Micros{1});
  CHECK_FALSE(daemon.changed_elsewhere());
  command.opened(*command.find("1"), Micros{2});
  CHECK(daemon.changed_elsewhere());
  CHECK_FALSE(daemon.changed_elsewhere());
}

TEST_CASE("one daemon at a time, of one credential") {
  const InboxScene scene;
  const auto whose = credential();
  {
    auto first = scene.folder();
    first.take(whose);
    CHECK(scene.folder().taken_by_a_daemon());
    CHECK_THROWS_AS(scene.folder().take(whose), cli::Failure);
  }
  CHECK_FALSE(scene.folder().taken_by_a_daemon());
  CHECK_NOTHROW(scene.folder().take(whose));
  CHECK_THROWS_AS(scene.folder().take(credential("west-gas")), cli::Failure);
}

}  // namespace noroshi::test
