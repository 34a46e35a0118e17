// The confirmation board: who is on it, why a report has come no further, and who sees it.
#include "tests/support/catch.h"
#include "tests/unit/core/confirming.h"

using namespace noroshi;
using namespace noroshi::test;
using core::Door, core::Held;

TEST_CASE("the board expects who was enrolled and entitled when the report came, but for its author") {
  Confirming stage;
  stage.enrol(cast::meti());
  stage.publish(labelled(report_of("r2", cast::nisc()), "AMBER", {{"electricity"}, {}, {}}));
  const auto on = [&](const std::string& report) {
    Names all;
    for (const core::BoardRow& row : stage.row_of(report).rows) all.push_back(row.organization);
    return all;
  };
  CHECK(on("r1") == Names{"bank", "gas-gaisha", "hatsuden"});  // METI came later
  CHECK(on("r2") == Names{"hatsuden", "meti"});
}

TEST_CASE("why a report has come no further") {
  Confirming stage;
  stage.step(core::Goodbye{stage.peer("bank", Door::urgent)});
  CHECK(stage.of("bank").held == Held::link_lost);
  Member gone = cast::gas_gaisha();
  gone.valid_until = stage.now + 3600 * kMicrosPerSecond;
  stage.change(gone);
  stage.settle();
  stage.now = stage.now + 2 * 3600 * kMicrosPerSecond;
  CHECK(stage.of("gas-gaisha").held == Held::access_ended);
  CHECK(stage.of("hatsuden").overdue);
  stage.step(stage.hello("hatsuden", Door::urgent, {"*"}));
  stage.say(stage.said("hatsuden", Stage::delivered));
  stage.now = stage.now + 100 * 24 * 3600 * kMicrosPerSecond;
  CHECK(stage.of("hatsuden").held == Held::not_opened);
  CHECK(stage.of("hatsuden").overdue);
}

TEST_CASE("who is revoked stays on the boards of what came before, waited for by nobody, until it is enrolled again") {
  Confirming stage;
  const auto revoke = [&](Member member) {
    member.revoked = true;
    stage.enrol(member);
  };
  revoke(cast::gas_gaisha());
  stage.say(stage.said("hatsuden", Stage::delivered));
  stage.say(stage.said("bank", Stage::responded, "r1", Answer::handled));
  revoke(cast::hatsuden());
  revoke(cast::bank());
  stage.publish(report_of("r2", cast::nisc()));
  revoke(cast::gas_gaisha());  // said again, it is not later
  for (const bool after_restart : {false, true}) {
    INFO((after_restart ? "after a restart" : "before"));
    if (after_restart) stage.restart();
    CHECK(stage.row_of("r2").rows.empty());
    CHECK_FALSE(stage.of("gas-gaisha").confirmed);
    CHECK(stage.of("gas-gaisha").held == Held::access_ended);
    CHECK(stage.of("hatsuden").confirmed->stage == Stage::delivered);
    CHECK(stage.of("hatsuden").held == Held::access_ended);
    CHECK(stage.of("bank").confirmed->answer == Answer::handled);
    CHECK(stage.of("bank").held == Held::no);
    for (const std::string who : {"gas-gaisha", "hatsuden", "bank"}) CHECK(stage.of(who).revoked);
  }
  stage.now = stage.now + 100 * 24 * 3600 * kMicrosPerSecond;
  for (const std::string who : {"gas-gaisha", "hatsuden", "bank"}) CHECK_FALSE(stage.of(who).overdue);
  stage.enrol(cast::hatsuden());
  CHECK_FALSE(stage.of("hatsuden").revoked);
  CHECK(stage.of("hatsuden").overdue);
  revoke(cast::hatsuden());  // after r2, too
  CHECK(stage.of("hatsuden", "r2").held == Held::access_ended);
}

TEST_CASE(
    "a member that is enrolled again, or whose access ended, stays on the board: let in, it is given the report") {
  Confirming stage;
  const Micros before = stage.now;
  stage.now = stage.now + 3600 * kMicrosPerSecond;
  Member again = cast::gas_gaisha();
  again.valid_from = stage.now;  // as `enroll` writes it
  stage.enrol(again);
  CHECK(stage.of("gas-gaisha").held == Held::never_connected);
  CHECK(stage.of("gas-gaisha").overdue);
  Member ended = cast::hatsuden();
  ended.valid_until = before;
  stage.enrol(ended);
  stage.publish(report_of("r2", cast::nisc()));
  for (const char* report : {"r1", "r2"}) CHECK(stage.of("hatsuden", report).held == Held::access_ended);
  stage.restart();
  CHECK(stage.of("gas-gaisha").held == Held::never_connected);
  Member later = cast::bank();
  later.valid_from = stage.now + 1;
  stage.enrol(later);
  const auto rows = stage.row_of("r2").rows;
  CHECK(std::none_of(rows.begin(), rows.end(), [](const core::BoardRow& row) { return row.organization == "bank"; }));
}

TEST_CASE("who has said a receipt was connected once, whatever has been restarted since") {
  Confirming stage;
  stage.say(stage.said("hatsuden", Stage::delivered));
  stage.publish(report_of("r2", cast::nisc()));
  stage.restart();
  CHECK(stage.of("hatsuden", "r2").held == Held::link_lost);
  CHECK(stage.of("bank", "r2").held == Held::never_connected);  // nothing in the log says that it was
}

TEST_CASE("a daemon that cannot pass on what it received holds up what nobody has opened, for as long as it says so") {
  Confirming stage;
  const auto beat = [&](Door door, std::uint32_t failing) {
    stage.step(core::Heartbeat{stage.peer("hatsuden", door), {}, "", failing});
    return stage.of("hatsuden").held;
  };
  CHECK(beat(Door::urgent, 1) == Held::not_delivered);
  stage.say(stage.said("hatsuden", Stage::delivered));
  CHECK(stage.of("hatsuden").held == Held::sink_failing);
  CHECK_FALSE(stage.of("hatsuden").overdue);
  CHECK(stage.of("bank").held == Held::not_delivered);
  CHECK(beat(Door::urgent, 0) == Held::no);
  CHECK(beat(Door::urgent, 2) == Held::sink_failing);
  stage.step(core::Goodbye{stage.peer("hatsuden", Door::urgent)});
  CHECK(stage.of("hatsuden").held == Held::no);
  stage.step(stage.hello("hatsuden", Door::archive));  // listens to nothing, so is no daemon
  CHECK(beat(Door::archive, 1) == Held::no);
  stage.step(stage.hello("hatsuden", Door::batched, {"*"}));
  CHECK(beat(Door::batched, 1) == Held::sink_failing);
  stage.now = stage.now + 100 * 24 * 3600 * kMicrosPerSecond;
  CHECK(stage.of("hatsuden").overdue);
  CHECK(stage.of("hatsuden").held == Held::sink_failing);
  CHECK(beat(Door::batched, 0) == Held::not_opened);
  CHECK(beat(Door::batched, 1) == Held::sink_failing);
  stage.step(stage.hello("hatsuden", Door::urgent, {"*"}));
  stage.say(stage.said("hatsuden", Stage::opened));
  CHECK(stage.of("hatsuden").held == Held::not_answered);
}

TEST_CASE("a board says what withdrew or corrected its report, to whoever may see that, and that it has expired") {
  Confirming stage;
  stage.enrol(cast::meti());
  stage.enrol(cast::auditor(Tlp::red));
  Report expiring = labelled(report_of("r2", cast::meti()), "RED", {{}, {}, {"bank", "nisc"}});
  expiring.expires_at = stage.now + 60 * kMicrosPerSecond;
  stage.publish(expiring);
  CHECK_FALSE(stage.row_of("r1").withdrawn);
  stage.publish(relating(report_of("r3", cast::nisc()), Relation::correction, "r1"));
  CHECK(stage.row_of("r1").withdrawn->report == report_id("r3"));
  CHECK(stage.row_of("r1").withdrawn->relation == Relation::correction);
  CHECK_FALSE(stage.row_of("r2").expired);
  stage.now = stage.now + 60 * kMicrosPerSecond;
  CHECK(stage.row_of("r2").expired);
  CHECK_FALSE(stage.row_of("r1").expired);
  // Its author is not enrolled just then, so the withdrawal need not be for it.
  Member author = cast::meti();
  author.revoked = true;
  stage.enrol(author);
  stage.publish(relating(labelled(report_of("r4", cast::nisc()), "RED", {{}, {}, {"bank"}}), Relation::cancel, "r2"));
  stage.enrol(cast::meti());
  REQUIRE(stage.row_of("r2").withdrawn);
  CHECK(stage.row_of("r2").withdrawn->report == report_id("r4"));
  stage.restart();
  CHECK(stage.row_of("r2").withdrawn->report == report_id("r4"));
  const auto withdrawn = [&](const std::string& who) {
    const core::Peer viewer = stage.peer(who, Door::archive);
    stage.step(stage.hello(who, Door::archive));
    const auto boards = sent<core::BoardAnswer>(stage.step(core::BoardQuery{viewer, 7, report_id("r2")}), viewer.id);
    return boards.at(0).reports.at(0).withdrawn.has_value();
  };
  CHECK(withdrawn("bank"));
  CHECK(withdrawn("auditor"));
  CHECK_FALSE(withdrawn("meti"));
}

TEST_CASE("members see their own row of what they may see; an auditor the whole of what it is cleared for") {
  Confirming stage;
  stage.enrol(cast::auditor(Tlp::green));
  stage.publish(labelled(report_of("secret", cast::nisc()), "RED", {{}, {}, {"bank"}}));
  const auto board = [&](const std::string& who) {
    const core::Peer viewer = stage.peer(who, Door::archive);
    stage.step(stage.hello(who, Door::archive));
    return sent<core::BoardAnswer>(stage.step(core::BoardQuery{viewer, 7, {}}), viewer.id).at(0);
  };
  const auto own = board("hatsuden");
  CHECK(own.number == 7);
  REQUIRE(own.reports.size() == 1);
  REQUIRE(own.reports[0].rows.size() == 1);
  CHECK(own.reports[0].rows[0].organization == "hatsuden");
  CHECK(board("bank").reports.size() == 2);
  const auto audited = board("auditor");
  REQUIRE(audited.reports.size() == 1);
  CHECK(audited.reports[0].rows.size() == 3);
}
