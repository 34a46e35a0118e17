// Receipts and the confirmation board on every path: who sees which report and whose row, which receipts an auditor gets
// whole or as a leaf, against the oracle; and what a row says, in a table.
#include <string>

#include "tests/entitlement/board_view.h"
#include "tests/entitlement/small_world.h"
#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;
using core::Held;

constexpr std::int64_t kMinute = 60 * kMicrosPerSecond;

std::string numbered(std::size_t number) {
  const std::string digits = std::to_string(number);
  return "r" + std::string(5 - digits.size(), '0') + digits;
}

std::vector<core::BoardReport> board_of(WatchedWorld& watched, const std::string& organization, ReportId which = {}) {
  const core::Peer peer = watched.world.peer(organization, Door::archive);
  watched.step(watched.world.hello(organization, Door::archive));
  const auto answers = sent<core::BoardAnswer>(watched.step(core::BoardQuery{peer, 7, which}), peer.id);
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().number == 7);
  return answers.front().reports;
}

// Asked for one by one: without an id there are the newest only.
std::vector<core::BoardReport> every_board_of(WatchedWorld& watched, const std::string& organization) {
  std::vector<core::BoardReport> all;
  for (const RecordPtr& record : watched.world.log())
    if (const Report* report = record->report())
      for (core::BoardReport& board : board_of(watched, organization, report->id)) all.push_back(std::move(board));
  return all;
}

std::size_t shown_to_the_operator(WatchedWorld& watched) {
  const core::Broker& broker = watched.world.broker();
  std::size_t shown = 0;
  for (auto some = broker.board_after(Seq{}, watched.world.now); !some.empty();
       some = broker.board_after(some.back().seq, watched.world.now))
    shown += some.size();
  return shown;
}

Names receipts_for(WatchedWorld& watched, const std::string& organization) {
  watched.world.reconnect(organization, Door::archive);
  watched.step(watched.world.hello(organization, Door::archive));
  core::Replay replay;
  replay.peer = watched.world.peer(organization, Door::archive);
  replay.kinds = {EntryKind::receipt};
  replay.credit = 100'000;
  core::Outcome all = watched.step(replay);
  join(all, watched.settle());
  return replayed(all, replay.peer.id);
}

Names expected_receipts(const WatchedWorld& watched, const Member& auditor) {
  Names all;
  for (const RecordPtr& record : watched.world.log())
    if (const auto* receipt = std::get_if<Receipt>(&record->content)) {
      std::vector<const Report*> reports;
      for (const ReportId& id : receipt->reports) reports.push_back(watched.world.stored(id)->report());
      all.push_back(receipt_readers({auditor}, reports, watched.world.now).empty() ? "(receipt)" : "receipt");
    }
  return all;
}

// One author, every label, audiences of every kind, both lanes; everybody has said something of what it may see.
struct Confirmed : WatchedWorld {
  explicit Confirmed(const Member& author) {
    for (const Member& member : everybody()) enrol(member);
    step(world.hello(author.organization, Door::urgent));
    const auto audiences = every_audience();
    std::vector<ReportId> published;
    for (const std::string& label : every_label())
      for (std::size_t a = 0; a < audiences.size();
           a += 7) {  // 7 is prime to the powers of 2: every list takes every value
        const char* item = a % 2 == 0 ? "C.it-failure" : "A.near-miss";
        const Report report =
            secret(labelled(report_of(numbered(published.size()), author, item), label, audiences[a]));
        if (!publishable(report)) continue;
        submit(report);
        published.push_back(report.id);
      }
    settle();
    for (const Member& member : everybody()) {
      step(world.hello(member.organization, Door::urgent));
      for (std::size_t i = 0; i < published.size(); ++i) {
        // Two at a time, mostly of different labels: one that it may not see takes the other with it.
        step(receipt(member.organization, Door::urgent, Stage::delivered,
                     {published[i], published[(i * 5 + 3) % published.size()]}));
        if (i % 3 == 0) step(receipt(member.organization, Door::urgent, Stage::opened, {published[i]}));
        if (i % 6 == 0)
          step(receipt(member.organization, Door::urgent, Stage::responded, {published[i]}, Answer::relevant));
      }
      settle();
    }
  }
};

}  // namespace

TEST_CASE("the board and the receipts in the log: what everyone gets is what the oracle says") {
  std::size_t whole = 0;
  std::size_t leaves = 0;
  for (const Member& author : four_organizations()) {
    INFO("of " << author.organization);
    Confirmed confirmed(author);
    for (const bool after_restart : {false, true}) {
      INFO((after_restart ? "after a restart" : "before"));
      if (after_restart) confirmed.restart();
      for (const Member& member : everybody()) {
        INFO(member.organization);
        CHECK(lines_of(every_board_of(confirmed, member.organization)) ==
              expected_lines(confirmed.world.log(), confirmed.members(), member, confirmed.world.now));
        if (!member.audit_clearance) continue;
        const Names got = receipts_for(confirmed, member.organization);
        CHECK(got == expected_receipts(confirmed, member));
        for (const std::string& each : got) ++(each == "receipt" ? whole : leaves);
      }
    }
    // The operator's own view holds everything.
    std::size_t reports = 0;
    for (const RecordPtr& record : confirmed.world.log()) reports += record->report() ? 1 : 0;
    CHECK(shown_to_the_operator(confirmed) == reports);
    for (const std::string& wrong : confirmed.wrongs()) FAIL_CHECK(wrong);
  }
  CHECK(whole > 1000);
  CHECK(leaves > 1000);
}

TEST_CASE("one report's board is asked for by its id; of one that is not for the asker there is as much as of none") {
  WatchedWorld watched;
  for (const Member& member : everybody()) watched.enrol(member);
  watched.step(watched.world.hello("meti", Door::urgent));
  watched.submit(secret(report_of("r1", cast::meti())));
  watched.submit(secret(labelled(report_of("r2", cast::meti()), "RED", {{}, {}, {"vendor"}})));
  watched.submit(secret(labelled(report_of("r3", cast::meti()), "AMBER", {{"gas"}, {}, {}})));
  watched.settle();
  const auto names = [&](const std::string& who, const std::string& which) {
    Names all;
    for (const core::BoardReport& report : board_of(watched, who, report_id(which)))
      all.push_back(test::name_of(report.report.id));
    return all;
  };
  for (const std::string who : {"vendor", "meti", "auditor-4"}) CHECK(names(who, "r2") == Names{"r2"});
  for (const std::string who : {"hatsuden", "gas-gaisha", "auditor-3"}) CHECK(names(who, "r2").empty());
  CHECK(names("hatsuden", "r1") == Names{"r1"});
  CHECK(names("hatsuden", "r9").empty());
  // Named in the audience or cleared: an auditor that is not cleared sees no more than a member does.
  CHECK(board_of(watched, "auditor-1", report_id("r3")).at(0).rows.size() == 1);
  CHECK(board_of(watched, "auditor-2", report_id("r3")).at(0).rows.size() == 5);
  for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
}

TEST_CASE("who may read nothing has no board, and a receipt of it is for no report") {
  WatchedWorld watched;
  Member sends_only = cast::hatsuden();
  sends_only.subscribe = false;
  for (const Member& member : {cast::meti(), sends_only}) {
    watched.enrol(member);
    watched.step(watched.world.hello(member.organization, Door::urgent));
  }
  watched.submit(secret(report_of("r1", cast::meti())));
  watched.settle();
  const core::Peer peer = watched.world.peer("hatsuden", Door::urgent);
  core::Outcome outcome = watched.step(core::BoardQuery{peer, 1, {}});
  CHECK(sent<core::BoardAnswer>(outcome, peer.id).empty());
  REQUIRE(sent<core::Refused>(outcome, peer.id).size() == 1);
  CHECK(sent<core::Refused>(outcome, peer.id)[0].reason == Reason::not_permitted);
  outcome = watched.step(watched.receipt("hatsuden", Door::urgent, Stage::delivered, {report_id("r1")}));
  REQUIRE(sent<core::Rejected>(outcome, peer.id).size() == 1);
  CHECK(sent<core::Rejected>(outcome, peer.id)[0].why.reason == Reason::relation_unknown);
  for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
}

TEST_CASE("a board before it is enrolled, in force, at its end, and after it comes back") {
  for (const bool revoked : {true, false}) {
    INFO((revoked ? "revoked" : "expired"));
    WatchedWorld watched;
    watched.enrol(cast::meti());
    watched.enrol(cast::auditor(Tlp::red));
    watched.step(watched.world.hello("meti", Door::urgent));
    const auto publish = [&](const std::string& name) {
      watched.submit(secret(labelled(report_of(name, cast::meti()), "AMBER", {{"electricity"}, {}, {}})));
      watched.settle();
    };
    const auto seen_by = [&](const std::string& who) { return lines_of(board_of(watched, who)); };
    publish("r1");
    watched.world.now = kStart + 1;
    Member member = cast::hatsuden();
    member.valid_from = watched.world.now;
    if (!revoked) member.valid_until = kStart + 60 * kMinute;
    watched.enrol(member);
    publish("r2");
    watched.step(watched.world.hello("hatsuden", Door::urgent, {"*"}));
    watched.step(watched.receipt("hatsuden", Door::urgent, Stage::responded, {report_id("r2")}, Answer::relevant));
    watched.settle();
    publish("r3");
    // What came before it was enrolled it may see, and is asked nothing about.
    CHECK(seen_by("hatsuden").size() == 3);
    CHECK(board_of(watched, "hatsuden")[0].rows.empty());
    CHECK(board_of(watched, "hatsuden")[1].rows[0].confirmed->note == kConfided);
    CHECK(board_of(watched, "hatsuden")[2].rows.size() == 1);
    const Names before = seen_by("auditor");
    CHECK(before == expected_lines(watched.world.log(), watched.members(), cast::auditor(Tlp::red), watched.world.now));

    const core::Peer peer = watched.world.peer("hatsuden", Door::archive);
    if (revoked) {
      member.revoked = true;
      CHECK(closed(watched.enrol(member), peer.id));
      const core::Outcome outcome = watched.step(core::BoardQuery{peer, 1, {}});
      CHECK(sent<core::HelloRequired>(outcome, peer.id).size() == 1);
      CHECK(outcome.send.size() == 1);
      CHECK(seen_by("auditor") == before);
      CHECK(seen_by("auditor") ==
            expected_lines(watched.world.log(), watched.members(), cast::auditor(Tlp::red), watched.world.now));
      member.revoked = false;
    } else {
      watched.world.now = kStart + 60 * kMinute;
      const core::Outcome outcome = watched.step(core::BoardQuery{peer, 1, {}});
      REQUIRE(sent<core::Refused>(outcome, peer.id).size() == 1);
      CHECK(sent<core::Refused>(outcome, peer.id)[0].reason == Reason::revoked);
      CHECK(outcome.send.size() == 1);
      CHECK(seen_by("auditor") == before);
      member.valid_until = {};
    }
    // What it said stays; it is there again when it is.
    CHECK(seen_by("auditor").at(1) == before.at(1));
    watched.enrol(member);
    watched.world.reconnect("hatsuden", Door::archive);
    CHECK(seen_by("auditor") == before);
    CHECK(seen_by("hatsuden").size() == 3);
    member.sectors = {"gas"};
    watched.enrol(member);
    watched.world.reconnect("hatsuden", Door::archive);
    CHECK(seen_by("hatsuden").empty());
    CHECK(seen_by("auditor").at(1) == before.at(1));
    CHECK(board_of(watched, "auditor").at(2).rows.empty());
    watched.enrol(cast::auditor(Tlp::green));
    watched.world.reconnect("auditor", Door::archive);
    CHECK(seen_by("auditor").empty());
    for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
  }
}

TEST_CASE("beyond the board: a receipt for what is only in the log, and who sees that one whole") {
  WatchedWorld watched;
  for (const Member& member : {cast::meti(), cast::hatsuden(), cast::gas_gaisha()}) {
    watched.enrol(member);
    watched.step(watched.world.hello(member.organization, Door::urgent));
  }
  for (const Tlp clearance : {Tlp::amber_strict, Tlp::red}) {
    Member auditor = member_of("auditor-" + std::string(noroshi::name_of(clearance)), Tier::auditor);
    auditor.audit_clearance = clearance;
    auditor.valid_from = kStart + 1;  // after what it will see
    watched.enrol(auditor);
  }
  watched.submit(secret(labelled(report_of("old", cast::meti()), "AMBER", {{"electricity"}, {}, {}})));
  watched.settle();
  const auto say = [&](const std::string& who, const std::vector<ReportId>& reports) {
    core::Outcome outcome = watched.step(watched.receipt(who, Door::urgent, Stage::delivered, reports));
    join(outcome, watched.settle());
    return outcome;
  };
  for (std::size_t i = 0; i < limits::kOpenConfirmations; ++i) {
    const bool last = i + 1 == limits::kOpenConfirmations;
    if (last) {
      watched.settle();
      CHECK(watched.world.broker().confirming(report_id("old")));
    }
    watched.submit(report_of(numbered(i), cast::meti()));
    if (last || i % 128 == 127) watched.settle();
  }
  CHECK_FALSE(watched.world.broker().confirming(report_id("old")));
  CHECK(watched.world.broker().confirming(report_id(numbered(0))));
  CHECK(shown_to_the_operator(watched) == limits::kOpenConfirmations);
  // The second of two is found in the log, too.
  const Seq head = watched.world.broker().head();
  say("hatsuden", {report_id(numbered(0)), report_id("old")});
  CHECK(watched.world.broker().head() == next(head));
  const PeerId gas = watched.world.peer("gas-gaisha", Door::urgent).id;
  const auto hidden = sent<core::Rejected>(say("gas-gaisha", {report_id("old")}), gas);
  const auto none = sent<core::Rejected>(say("gas-gaisha", {report_id("no")}), gas);
  REQUIRE(hidden.size() == 1);
  REQUIRE(none.size() == 1);
  CHECK(hidden[0].why.reason == none[0].why.reason);
  CHECK(hidden[0].why.field == none[0].why.field);
  CHECK(hidden[0].why.detail == "no such report: " + report_id("old").value);
  CHECK(none[0].why.detail == "no such report: " + report_id("no").value);
  watched.world.now = kStart + 1;
  CHECK(receipts_for(watched, "auditor-AMBER+STRICT") == Names{"(receipt)"});
  CHECK(receipts_for(watched, "auditor-RED") == Names{"receipt"});
  for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
}
