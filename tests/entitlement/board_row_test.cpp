// One report's board by itself: of whom it is expected, what is overdue, and why it has come no further.
#include <functional>
#include <string>

#include "broker/core/board.h"
#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;
using core::Held;

constexpr std::int64_t kMinute = 60 * kMicrosPerSecond;
constexpr std::int64_t kYear = 365 * 24 * 60 * kMinute;

// C in half an hour, an hour, two; as many minutes where there is an incident.
Matrix hasty_matrix() {
  Matrix matrix = small_matrix();
  using std::chrono::minutes;
  for (MatrixCategory& category : matrix.categories)
    if (category.id == "C") {
      category.deadlines[Posture::normal] = {minutes(30), minutes(60), minutes(120)};
      category.deadlines[Posture::incident] = {minutes(3), minutes(6), minutes(12)};
    }
  return matrix;
}

struct Row {
  Member member = cast::hatsuden();
  Seq enrolled{1};
  Seq revoked{};  // 0: never
  std::string item = "C.it-failure";
  Status status = Status::actual;
  Posture posture = Posture::normal;
  core::Presence presence;
  std::optional<core::Confirmation> said;
  std::int64_t after = 0;  // microseconds since it was recorded

  std::vector<core::BoardRow> rows() const {
    core::Roster roster;
    roster.apply(member, "", enrolled);
    if (revoked != Seq{}) {
      Member gone = member;
      gone.revoked = true;
      roster.apply(gone, "", revoked);
    }
    Report report = labelled(report_of("r1", cast::meti(), item), "AMBER", {{"electricity"}, {}, {}});
    report.status = status;
    core::Confirmations::Open open{Seq{5}, kStart, kStart, Lane::urgent, report, {}, {}, {}};
    if (said) open.by[member.organization] = *said;
    const Matrix matrix = hasty_matrix();
    const core::BoardReport board = core::board_of(open, {roster, presence, matrix, posture, kStart + after});
    CHECK(board.seq == Seq{5});
    CHECK(board.recorded_at == kStart);
    CHECK(board.report.id == report.id);
    return board.rows;
  }
};

// A report of METI's for one member.
struct Shown : WatchedWorld {
  Shown() {
    for (const Member& member : {cast::meti(), cast::hatsuden()}) enrol(member);
    step(world.hello("meti", Door::urgent));
    submit(secret(report_of("r1", cast::meti())));
    settle();
  }
  Held held(std::string_view report = "r1") {
    return world.broker().board(report_id(report), world.now).at(0).rows.at(0).held;
  }
};

core::Confirmation confirmed(Stage stage) { return {stage, std::nullopt, "", kStart}; }

}  // namespace

TEST_CASE("of whom a report is expected: enrolled before it, entitled once let in, subscribing, not its author") {
  const auto expected = [](const std::function<void(Row&)>& change) {
    Row row;
    change(row);
    const std::size_t silent = row.rows().size();
    row.said = confirmed(Stage::delivered);
    CHECK(row.rows().size() == 1);  // who has said something is there in any case
    return silent == 1;
  };
  CHECK(expected([](Row&) {}));
  CHECK(expected([](Row& r) { r.enrolled = Seq{4}; }));
  CHECK_FALSE(expected([](Row& r) { r.enrolled = Seq{5}; }));
  CHECK_FALSE(expected([](Row& r) { r.enrolled = Seq{6}; }));
  CHECK_FALSE(expected([](Row& r) { r.member = cast::meti(); }));
  CHECK_FALSE(expected([](Row& r) { r.member = cast::gas_gaisha(); }));
  CHECK_FALSE(expected([](Row& r) { r.member.subscribe = false; }));
  CHECK(expected([](Row& r) { r.member.valid_from = kStart + 1, r.after = 1; }));
  CHECK_FALSE(expected([](Row& r) { r.member.valid_from = kStart + 2, r.after = 1; }));
  CHECK(expected([](Row& r) { r.member.valid_until = kStart + 1, r.after = 2; }));
  CHECK(expected([](Row& r) { r.member.valid_until = kStart; }));
  CHECK(expected([](Row& r) { r.revoked = Seq{6}; }));
  CHECK_FALSE(expected([](Row& r) { r.revoked = Seq{4}; }));
  CHECK_FALSE(expected([](Row& r) { r.revoked = Seq{6}, r.member.sectors = {"gas"}; }));
  CHECK_FALSE(expected([](Row& r) { r.revoked = Seq{6}, r.member.valid_until = kStart; }));
}

TEST_CASE("nobody waits for who was revoked") {
  for (const auto& [stage, held] : {std::pair{std::optional<Stage>{}, Held::access_ended},
                                    std::pair{std::optional(Stage::delivered), Held::access_ended},
                                    std::pair{std::optional(Stage::opened), Held::access_ended},
                                    std::pair{std::optional(Stage::responded), Held::no}}) {
    Row row;
    row.revoked = Seq{6};
    row.after = kYear;
    row.presence.sinks_fail = {"hatsuden"};
    if (stage) row.said = confirmed(*stage);
    CHECK(row.rows().at(0).revoked);
    CHECK_FALSE(row.rows().at(0).overdue);
    CHECK(row.rows().at(0).held == held);
  }
  CHECK_FALSE(Row{}.rows().at(0).revoked);
}

TEST_CASE("nobody waits for the author, nor for who has the report and may not say so any more") {
  for (const Member& member : {cast::meti(), cast::gas_gaisha()}) {
    Row row;
    row.member = member;
    row.said = confirmed(Stage::delivered);
    row.after = kYear;
    CHECK_FALSE(row.rows().at(0).waited_for);
    CHECK_FALSE(row.rows().at(0).overdue);
  }
}

TEST_CASE("sinks that fail hold up what is delivered and not opened, overdue or not") {
  for (const std::int64_t after : {std::int64_t{1}, kYear})
    for (const std::string who : {"hatsuden", "bank"})
      for (const Stage stage : {Stage::delivered, Stage::opened, Stage::responded}) {
        Row row;
        row.presence.sinks_fail = {who};
        row.after = after;
        row.said = confirmed(stage);
        CHECK((row.rows().at(0).held == Held::sink_failing) == (who == "hatsuden" && stage == Stage::delivered));
      }
  Row row;
  row.presence = {{"hatsuden"}, {"hatsuden"}, {"hatsuden"}};
  CHECK(row.rows().at(0).held == Held::not_delivered);
}

TEST_CASE("a row names its member") {
  const core::BoardRow row = Row{}.rows().at(0);
  CHECK(row.organization == "hatsuden");
  CHECK(row.name == cast::hatsuden().name);
  CHECK(row.tier == Tier::operator_);
  CHECK(row.sectors == std::vector<std::string>{"electricity"});
  CHECK_FALSE(row.confirmed);
}

TEST_CASE("a stage is overdue when its time is over, by the category and the posture") {
  struct Due {
    std::optional<Stage> so_far;
    std::int64_t minutes;
    Held held;
  };
  for (const Due& due : {Due{std::nullopt, 30, Held::never_connected}, Due{Stage::delivered, 60, Held::not_opened},
                         Due{Stage::opened, 120, Held::not_answered}})
    for (const auto& [posture, share] : {std::pair{Posture::normal, 1}, std::pair{Posture::incident, 10}})
      for (const std::int64_t late : {0, 1}) {
        Row row;
        if (due.so_far) row.said = confirmed(*due.so_far);
        row.posture = posture;
        row.after = due.minutes * kMinute / share + late;
        INFO(due.minutes << " minutes, " << noroshi::name_of(posture) << (late ? ", over" : ""));
        CHECK(row.rows().at(0).overdue == (late == 1));
        CHECK(row.rows().at(0).held == (late == 1 || !due.so_far ? due.held : Held::no));
      }
  Row row;
  row.after = kYear;
  row.said = confirmed(Stage::responded);
  CHECK_FALSE(row.rows().at(0).overdue);
  CHECK(row.rows().at(0).held == Held::no);
  row.said.reset();
  row.item = "C.gone";  // no longer in the matrix
  CHECK_FALSE(row.rows().at(0).overdue);
}

TEST_CASE("why nothing has been heard: by membership, then by presence") {
  using Presence = core::Presence;
  for (const bool ended : {false, true})
    for (const auto& [presence, held] :
         {std::pair{Presence{}, Held::never_connected}, std::pair{Presence{{}, {"hatsuden"}}, Held::link_lost},
          std::pair{Presence{{"hatsuden"}, {"hatsuden"}}, Held::not_delivered},
          std::pair{Presence{{"bank"}, {"bank"}}, Held::never_connected}}) {
      Row row;
      row.presence = presence;
      row.after = 10;
      if (ended) row.member.valid_until = kStart + 10;
      CHECK(row.rows().at(0).held == (ended ? Held::access_ended : held));
    }
}

TEST_CASE("who did not ask for a report is told apart, and of a drill not waited for") {
  const core::Interest everything{{"*"}, {Status::actual, Status::exercise}}, no_drills{{"*"}, {Status::actual}},
      elsewhere{{"C.disaster"}, {Status::actual, Status::exercise}};
  struct Case {
    Status status;
    std::vector<const core::Interest*> asked;
    bool wanted;
  };
  for (const Case& each : {Case{Status::actual, {&everything}, true}, Case{Status::actual, {&no_drills}, true},
                           Case{Status::actual, {&elsewhere}, false}, Case{Status::exercise, {&everything}, true},
                           Case{Status::exercise, {&no_drills}, false}, Case{Status::exercise, {&elsewhere}, false},
                           Case{Status::exercise, {&no_drills, &everything}, true}})
    for (const bool present : {true, false}) {
      Row row;
      row.status = each.status;
      row.after = kYear;
      row.presence.ever = {"hatsuden"};
      if (present) row.presence.now = {"hatsuden"};
      row.presence.asked["bank"] = {&elsewhere};
      CHECK(row.rows().at(0).held == (present ? Held::not_delivered : Held::link_lost));
      row.presence.asked["hatsuden"] = each.asked;
      const Held otherwise = present ? Held::not_delivered : Held::link_lost;
      CHECK(row.rows().at(0).held == (each.wanted ? otherwise : Held::not_asked_for));
      const bool waited_for = each.wanted || each.status == Status::actual;
      CHECK(row.rows().at(0).waited_for == waited_for);
      CHECK(row.rows().at(0).overdue == waited_for);
      row.said = confirmed(Stage::delivered);  // by whatever way it got it
      CHECK(row.rows().at(0).waited_for);
      CHECK(row.rows().at(0).held == Held::not_opened);
      row.said.reset();
      row.member.valid_until = kStart + 1;
      CHECK(row.rows().at(0).held == Held::access_ended);
    }
}

TEST_CASE("a lane that its daemon does not follow is not asked for") {
  for (const auto& [keeps, wanted] :
       {std::pair{std::set<Lane>{}, true}, std::pair{std::set{Lane::urgent}, true},
        std::pair{std::set{Lane::batched}, false}, std::pair{std::set{Lane::urgent, Lane::batched}, true}}) {
    const core::Interest asked{{"*"}, {Status::actual}, keeps};
    Row row;
    row.presence = {{"hatsuden"}, {"hatsuden"}};
    row.presence.asked["hatsuden"] = {&asked};
    CHECK(row.rows().at(0).held == (wanted ? Held::not_delivered : Held::not_asked_for));
  }
}

TEST_CASE("while a daemon is known, what is watched beside it says nothing of what its member has") {
  Shown watched;
  const auto watch = [&](std::vector<std::string> topics) {
    watched.step(watched.world.hello("hatsuden", Door::batched, std::move(topics)));
  };
  const auto daemon = [&](std::vector<std::string> topics) {
    core::Hello hello = watched.world.hello("hatsuden", Door::urgent, std::move(topics));
    hello.keeps = {Lane::urgent, Lane::batched};
    watched.step(hello);
  };
  watch({"A"});
  CHECK(watched.held() == Held::not_asked_for);  // there is nothing else
  daemon({"*"});
  CHECK(watched.held() == Held::not_delivered);
  watched.step(core::Goodbye{watched.world.peer("hatsuden", Door::urgent)});
  CHECK(watched.held() == Held::link_lost);
  watch({"A"});
  CHECK(watched.held() == Held::link_lost);
  watch({"*"});
  CHECK(watched.held() == Held::link_lost);
  daemon({"A"});
  CHECK(watched.held() == Held::not_asked_for);
}

TEST_CASE("asked is what the sessions that listen ask for, or the last one did") {
  Shown watched;
  watched.step(watched.world.hello("hatsuden", Door::urgent, {"A"}));
  CHECK(watched.held() == Held::not_asked_for);
  watched.step(watched.world.hello("hatsuden", Door::archive));  // does not listen
  CHECK(watched.held() == Held::not_asked_for);
  watched.step(watched.world.hello("hatsuden", Door::batched, {"*"}));
  CHECK(watched.held() == Held::not_delivered);
  watched.step(core::Goodbye{watched.world.peer("hatsuden", Door::batched)});
  CHECK(watched.held() == Held::not_asked_for);
  watched.step(core::Goodbye{watched.world.peer("hatsuden", Door::urgent)});
  CHECK(watched.held() == Held::link_lost);
  watched.step(watched.world.hello("hatsuden", Door::urgent, {"A"}));
  watched.step(core::Goodbye{watched.world.peer("hatsuden", Door::urgent)});
  CHECK(watched.held() == Held::not_asked_for);
}

TEST_CASE("present is who has a session that listens; seen, who had one") {
  Shown watched;
  watched.step(watched.world.hello("hatsuden", Door::archive));
  CHECK(watched.held() == Held::never_connected);
  watched.step(watched.world.hello("hatsuden", Door::urgent, {"*"}));
  CHECK(watched.held() == Held::not_delivered);
  watched.step(core::Goodbye{watched.world.peer("hatsuden", Door::urgent)});
  CHECK(watched.held() == Held::link_lost);
  watched.step(watched.world.hello("hatsuden", Door::urgent, {"*"}));
  watched.step(watched.receipt("hatsuden", Door::urgent, Stage::delivered, {report_id("r1")}));
  watched.settle();
  CHECK(watched.held() == Held::no);
  watched.step(core::Heartbeat{watched.world.peer("hatsuden", Door::urgent), {}, {}, 1});
  CHECK(watched.held() == Held::sink_failing);
  watched.step(core::Heartbeat{watched.world.peer("hatsuden", Door::urgent), {}, {}, 0});
  CHECK(watched.held() == Held::no);
  watched.submit(secret(report_of("r2", cast::meti())));
  watched.settle();
  watched.restart();
  CHECK(watched.held("r2") == Held::link_lost);
}
