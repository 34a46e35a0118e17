// Deadlines of confirmations: who is behind goes into the log, is told again, and whoever is to be called is named.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

// r1 of nisc, C: due are delivery after 30 minutes, opening after 60, an answer after 120.
struct Waiting : World {
  Waiting() {
    Member power = cast::hatsuden();
    power.contacts = {"tel:1", "tel:2"};
    for (const Member& member : {cast::nisc(), power, cast::bank()}) enrol(member);
    step(hello("hatsuden", Door::urgent, {"*"}));
    publish(report_of("r1", cast::nisc()));
  }
  core::Outcome minutes_later(std::int64_t minutes) {
    core::Outcome all = after(60 * minutes, core::Tick{});
    join(all, settle());
    return all;
  }
  void say(const std::string& who, Stage stage, std::string_view report = "r1") {
    Receipt receipt{who, stage, {report_id(report)}, std::nullopt, "", now};
    if (stage == Stage::responded) receipt.answer = Answer::handled;
    step(hello(who, Door::batched, {"*"}));
    step(core::SubmitReceipt{peer(who, Door::batched), 1, "a receipt", receipt, key_of(who), true, {nullptr}});
    settle();
  }
  std::vector<Overdue> noted() const {
    std::vector<Overdue> out;
    for (const RecordPtr& record : log())
      if (const auto* overdue = std::get_if<Overdue>(&record->content)) out.push_back(*overdue);
    return out;
  }
};

Names organizations(const core::Call& call) {
  Names out;
  for (const auto& each : call.organizations)
    out.push_back(each.organization + (each.contact.empty() ? "" : " " + each.contact));
  return out;
}

}  // namespace

TEST_CASE("a deadline that passes with somebody behind is an entry, a reminder and a call; once") {
  Waiting world;
  CHECK(world.minutes_later(30).append.empty());
  core::Outcome outcome = world.minutes_later(1);
  REQUIRE(world.noted().size() == 1);
  CHECK(world.noted()[0].report == report_id("r1"));
  CHECK(world.noted()[0].stage == Stage::delivered);
  CHECK(world.noted()[0].organizations == Names{"bank", "hatsuden"});
  REQUIRE(outcome.calls.size() == 1);
  CHECK(organizations(outcome.calls[0]) == Names{"bank", "hatsuden tel:1"});
  const auto reminders = sent<core::Reminder>(outcome, world.peer("hatsuden", Door::urgent).id);
  REQUIRE(reminders.size() == 1);
  CHECK(reminders[0].report == report_id("r1"));
  CHECK(reminders[0].stage == Stage::delivered);

  outcome = world.minutes_later(1);
  CHECK(world.noted().size() == 1);
  CHECK(outcome.calls.empty());
}

TEST_CASE("nobody is called for a drill who did not ask for drills, here or away") {
  Waiting world;
  world.minutes_later(31);
  Report drill = report_of("r2", cast::nisc());
  drill.status = Status::exercise;
  world.publish(drill);
  core::Hello asks = world.hello("bank", Door::urgent, {"*"});
  asks.statuses = {Status::actual, Status::exercise};
  world.step(asks);
  world.step(core::Goodbye{world.peer("bank", Door::urgent)});
  const core::Outcome outcome = world.minutes_later(31);
  const auto noted = world.noted();
  const auto of_drill = [](const auto& each) { return each.report == report_id("r2"); };
  const auto overdue = std::find_if(noted.begin(), noted.end(), of_drill);
  REQUIRE(overdue != noted.end());
  CHECK(overdue->organizations == Names{"bank"});
  const auto call = std::find_if(outcome.calls.begin(), outcome.calls.end(), of_drill);
  REQUIRE(call != outcome.calls.end());
  CHECK(organizations(*call) == Names{"bank"});
  CHECK(sent<core::Reminder>(outcome, world.peer("hatsuden", Door::urgent).id).size() <= 1);  // of r1
}

TEST_CASE("nothing is called overdue before its entry is durable") {
  Waiting world;
  core::Outcome outcome = world.after(31 * 60, core::Tick{});
  join(outcome, world.step(core::Cut{}));
  CHECK(outcome.append.size() == 1);
  CHECK(outcome.calls.empty());
  CHECK(sent<core::Reminder>(outcome, world.peer("hatsuden", Door::urgent).id).empty());
  outcome = world.commit();
  CHECK(outcome.calls.size() == 1);
}

TEST_CASE("each stage has its deadline, and the next contact its turn") {
  Waiting world;
  world.say("hatsuden", Stage::delivered);
  world.say("bank", Stage::responded);
  CHECK(world.minutes_later(31).calls.empty());
  core::Outcome outcome = world.minutes_later(30);
  REQUIRE(outcome.calls.size() == 1);
  CHECK(outcome.calls[0].stage == Stage::opened);
  CHECK(organizations(outcome.calls[0]) == Names{"hatsuden tel:2"});
  world.say("hatsuden", Stage::opened);
  outcome = world.minutes_later(60);
  REQUIRE(outcome.calls.size() == 1);
  CHECK(outcome.calls[0].stage == Stage::responded);
  CHECK(organizations(outcome.calls[0]) == Names{"hatsuden tel:2"});  // the last one's from then on
}

TEST_CASE("what was noted is not noted again after a restart, what was due meanwhile is") {
  Waiting world;
  world.minutes_later(31);
  world.restart();
  CHECK(world.minutes_later(1).calls.empty());
  CHECK(world.noted().size() == 1);
  world.restart();
  CHECK(world.minutes_later(40).calls.size() == 1);
  CHECK(world.noted().size() == 2);
  world.restart();
  world.minutes_later(3 * 24 * 60);  // too long ago to wake anybody
  CHECK(world.noted().size() == 2);
}

TEST_CASE("who was away when a deadline passed is told when it is back, as long as it is behind") {
  Waiting world;
  world.say("hatsuden", Stage::delivered);
  world.step(core::Goodbye{world.peer("hatsuden", Door::urgent)});
  world.minutes_later(61);
  const auto told_on_return = [&](const std::string& who, const Names& topics, Door door = Door::urgent) {
    world.reconnect(who, door);
    const core::Outcome outcome = world.step(world.hello(who, door, topics));
    std::vector<Stage> stages;
    for (const auto& each : sent<core::Reminder>(outcome, world.peer(who, door).id)) stages.push_back(each.stage);
    return stages;
  };
  CHECK(told_on_return("hatsuden", {"*"}) == std::vector{Stage::opened});
  CHECK(told_on_return("bank", {"*"}) == std::vector{Stage::opened});
  CHECK(told_on_return("hatsuden", {"*"}, Door::batched).empty());
  CHECK(told_on_return("hatsuden", {"A"}).empty());  // it has not asked for the report
  world.restart();
  CHECK(told_on_return("hatsuden", {"*"}) == std::vector{Stage::opened});
  world.say("hatsuden", Stage::opened);
  CHECK(told_on_return("hatsuden", {"*"}).empty());
  world.minutes_later(24 * 60);
  CHECK(told_on_return("bank", {"*"}) == std::vector{Stage::responded});  // noted today
  world.minutes_later(24 * 60);
  CHECK(told_on_return("bank", {"*"}).empty());
}

TEST_CASE("nobody is reminded of what was withdrawn meanwhile") {
  Waiting world;
  world.minutes_later(31);
  world.publish(relating(report_of("r2", cast::nisc()), Relation::cancel, "r1"));
  world.reconnect("hatsuden", Door::urgent);
  const core::Outcome outcome = world.step(world.hello("hatsuden", Door::urgent, {"*"}));
  CHECK(sent<core::Reminder>(outcome, world.peer("hatsuden", Door::urgent).id).empty());
}

TEST_CASE("of an entry a later start calls the same, as long as somebody waits") {
  Waiting world;
  const core::Outcome outcome = world.minutes_later(31);
  REQUIRE(outcome.calls.size() == 1);
  const Record entry = *world.log().back();
  CHECK(outcome.calls[0].entry == entry.entry.seq);
  world.restart();
  const auto again = world.broker().call_of(entry, world.now);
  REQUIRE(again);
  CHECK(organizations(*again) == organizations(outcome.calls[0]));
  CHECK(world.broker().call_of(entry, world.now + 23 * 3600 * kMicrosPerSecond));
  CHECK_FALSE(world.broker().call_of(entry, world.now + 25 * 3600 * kMicrosPerSecond));
  Member power = cast::hatsuden();
  power.revoked = true;
  world.enrol(power);
  const auto without = world.broker().call_of(entry, world.now);
  REQUIRE(without);
  CHECK(organizations(*without) == Names{"bank"});
  Member bank = cast::bank();
  bank.valid_until = world.now + kMicrosPerSecond;
  world.enrol(bank);
  CHECK(world.broker().call_of(entry, world.now));
  CHECK_FALSE(world.broker().call_of(entry, world.now + kMicrosPerSecond));
  world.publish(relating(report_of("r2", cast::nisc()), Relation::cancel, "r1"));
  CHECK_FALSE(world.broker().call_of(entry, world.now));
}

TEST_CASE("a clock that was set back does not end the looking") {
  Waiting world;
  world.minutes_later(300);
  world.step(core::Tick{});
  world.publish(report_of("r2", cast::nisc()));  // recorded by the log's clock, which does not go back
  world.now = world.now + -200 * 60 * kMicrosPerSecond;
  const std::size_t before = world.noted().size();
  CHECK(world.minutes_later(1).calls.empty());
  world.minutes_later(200 + 30);
  CHECK(world.noted().size() == before + 1);
}

TEST_CASE("nobody is called for what was withdrawn or has expired") {
  Waiting world;
  Report expiring = report_of("r2", cast::nisc());
  expiring.expires_at = world.now + 20 * 60 * kMicrosPerSecond;
  world.publish(expiring);
  world.publish(relating(report_of("r3", cast::nisc()), Relation::cancel, "r1"));
  world.minutes_later(31);
  for (const Overdue& each : world.noted()) CHECK(each.report == report_id("r3"));
  CHECK(world.noted().size() == 1);  // the withdrawal has a confirmation of its own
}

TEST_CASE("nobody is called for what was replaced by what was withdrawn") {
  Waiting world;
  world.publish(relating(report_of("r2", cast::nisc()), Relation::update, "r1"));
  world.publish(relating(report_of("r3", cast::nisc()), Relation::cancel, "r2"));
  world.minutes_later(31);
  REQUIRE(world.noted().size() == 1);
  CHECK(world.noted()[0].report == report_id("r3"));
}

TEST_CASE("who was revoked since is neither noted nor called") {
  Waiting world;
  Member bank = cast::bank();
  bank.revoked = true;
  world.enrol(bank);
  const core::Outcome outcome = world.minutes_later(31);
  REQUIRE(world.noted().size() == 1);
  CHECK(world.noted()[0].organizations == Names{"hatsuden"});
  CHECK(organizations(outcome.calls.at(0)) == Names{"hatsuden tel:1"});
}

TEST_CASE("a report that has become hidden from a member is not told to it") {
  Waiting world;
  Member power = cast::hatsuden();
  world.publish(labelled(report_of("r2", cast::nisc()), "AMBER", {{"electricity"}, {}, {}}));
  power.sectors = {"gas"};
  world.enrol(power);
  world.step(world.hello("hatsuden", Door::urgent, {"*"}));
  const core::Outcome outcome = world.minutes_later(31);
  Names told;
  for (const auto& each : sent<core::Reminder>(outcome, world.peer("hatsuden", Door::urgent).id))
    told.push_back(name_of(each.report));
  CHECK(told == Names{"r1"});
}

TEST_CASE("many deadlines at once: a few at a time, each one in the end, and an urgent report does not wait for them") {
  Waiting world;
  const int reports = 40;
  for (int i = 2; i <= reports; ++i) world.publish(report_of("r" + std::to_string(i), cast::nisc()));
  world.now = world.now + 31 * 60 * kMicrosPerSecond;
  world.step(core::Tick{});
  world.submit(report_of("now", cast::nisc()));
  const core::Outcome cut = world.step(core::Cut{});
  REQUIRE_FALSE(cut.append.empty());
  CHECK(cut.append.front().kind == EntryKind::report);
  CHECK(cut.append.size() <= 1 + limits::kBatchedBesideUrgent);
  world.commit();
  world.settle();
  CHECK(world.noted().size() < 10);
  REQUIRE_FALSE(world.noted().empty());
  CHECK(world.noted().front().report == report_id("r" + std::to_string(reports)));  // the newest first
  for (int tenth = 0; tenth < 100; ++tenth) {
    world.now = world.now + kMicrosPerSecond / 10;
    world.step(core::Tick{});
    world.settle();
  }
  CHECK(world.noted().size() == static_cast<std::size_t>(reports));
}

TEST_CASE("the deadlines of a batched report run from its digest's release") {
  World world({.digest = {.interval_us = 11 * 3600 * kMicrosPerSecond}});
  for (const Member& member : {cast::nisc(), cast::bank()}) world.enrol(member);
  world.publish(report_of("r1", cast::nisc(), "A.near-miss"));
  const auto noted = [&] {
    return std::count_if(world.log().begin(), world.log().end(),
                         [](const RecordPtr& each) { return std::holds_alternative<Overdue>(each->content); });
  };
  const auto minutes_later = [&](std::int64_t minutes) {
    world.after(60 * minutes, core::Tick{});
    world.settle();
  };
  minutes_later(650);  // delivery is due within 600
  CHECK(noted() == 0);
  CHECK_FALSE(world.broker().board(report_id("r1"), world.now).at(0).rows.at(0).overdue);
  minutes_later(11);  // released
  minutes_later(599);
  CHECK(noted() == 0);
  world.restart();
  minutes_later(2);
  CHECK(noted() == 1);
}
