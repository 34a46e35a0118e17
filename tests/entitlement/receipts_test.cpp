// What lets a receipt in: one condition broken at a time, the words of each answer, and nothing of a rejected one in the
// log. That a report is not for its author must not be told from its not being there.
#include <functional>
#include <string>

#include "tests/entitlement/small_world.h"
#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;

struct Scene : WatchedWorld {
  Scene() {
    for (const Member& member : {cast::meti(), cast::hatsuden(), cast::gas_gaisha()}) {
      enrol(member);
      step(world.hello(member.organization, Door::urgent));
    }
    submit(secret(report_of("r1", cast::meti())));
    submit(secret(labelled(report_of("r2", cast::meti()), "AMBER", {{"gas"}, {}, {}})));
    settle();
  }
  core::SubmitReceipt said(Stage stage, std::vector<ReportId> reports = {report_id("r1")},
                           std::optional<Answer> answer = {}) {
    return receipt("hatsuden", Door::urgent, stage, reports, answer);
  }
  // "accepted #5", "said before", "shutting_down field: detail", "no answer".
  std::string answer_in(const core::Outcome& outcome, const core::SubmitReceipt& submit) {
    for (const auto& rejected : sent<core::Rejected>(outcome, submit.peer.id)) {
      CHECK(rejected.number == submit.number);
      CHECK(rejected.report.value.empty());
      return std::string(noroshi::name_of(rejected.why.reason)) + " " + rejected.why.field + ": " + rejected.why.detail;
    }
    for (const auto& accepted : sent<core::ReceiptAccepted>(outcome, submit.peer.id)) {
      CHECK(accepted.number == submit.number);
      CHECK(accepted.duplicate == (accepted.seq == Seq{}));
      if (!accepted.duplicate) CHECK(accepted.seq == world.log().back()->entry.seq);
      return accepted.duplicate ? "said before" : "accepted";
    }
    return "no answer";
  }
  std::string answer(const core::SubmitReceipt& submit) {
    core::Outcome outcome = step(submit);
    join(outcome, settle());
    return answer_in(outcome, submit);
  }
  std::size_t receipts() const {
    std::size_t count = 0;
    for (const RecordPtr& record : world.log()) count += record->entry.kind == EntryKind::receipt ? 1 : 0;
    return count;
  }
};

struct Row {
  std::string answer;
  std::function<void(core::SubmitReceipt&, Receipt&)> change;
};

const std::vector<Row> kRows{
    {"accepted", [](core::SubmitReceipt&, Receipt&) {}},
    {"organization_mismatch organization: the receipt says gas-gaisha, the sender is hatsuden",
     [](core::SubmitReceipt&, Receipt& r) { r.organization = "gas-gaisha"; }},
    {"key_unknown : the key id names none of the sender's enrolled signing keys",
     [](core::SubmitReceipt& s, Receipt&) { s.signed_by.reset(); }},
    {"signature_invalid : the signature does not fit the receipt's bytes",
     [](core::SubmitReceipt& s, Receipt&) { s.signature_valid = false; }},
    {"relation_unknown reportIds[0]: no such report: " + report_id("r2").value,
     [](core::SubmitReceipt&, Receipt& r) { r.reports = {report_id("r2")}; }},
    {"relation_unknown reportIds[0]: no such report: " + report_id("r9").value,
     [](core::SubmitReceipt&, Receipt& r) { r.reports = {report_id("r9")}; }},
    {"relation_unknown reportIds[1]: no such report: " + report_id("r2").value,
     [](core::SubmitReceipt&, Receipt& r) {
       r.reports = {report_id("r1"), report_id("r2"), report_id("r9")};
     }},
    // What the receipt itself lacks is said before anything of a report is looked at.
    {"organization_mismatch organization: the receipt says meti, the sender is hatsuden",
     [](core::SubmitReceipt& s, Receipt& r) {
       r = {"meti", Stage::delivered, {report_id("r2")}, {}, "", {}};
       s.signature_valid = false;
     }},
    {"signature_invalid : the signature does not fit the receipt's bytes",
     [](core::SubmitReceipt& s, Receipt& r) { s.signature_valid = false, r.reports = {report_id("r2")}; }},
};

}  // namespace

TEST_CASE("a receipt comes in only if everything about it fits, and else it is said why") {
  for (const Row& row : kRows) {
    INFO(row.answer);
    Scene stage;
    core::SubmitReceipt submit = stage.said(Stage::delivered);
    auto receipt = std::get<Receipt>(submit.decoded);
    row.change(submit, receipt);
    submit.decoded = receipt;
    submit.stored.assign(receipt.reports.size(), nullptr);
    CHECK(stage.answer(submit) == row.answer);
    CHECK(stage.receipts() == (row.answer == "accepted" ? 1 : 0));
    CHECK(stage.world.broker().backlog(Lane::batched) == 0);
    for (const std::string& wrong : stage.wrongs()) FAIL_CHECK(wrong);
  }
  Scene stage;
  core::SubmitReceipt broken = stage.said(Stage::delivered);
  broken.decoded = Rejection{Reason::malformed, "stage", "what is wrong"};
  CHECK(stage.answer(broken) == "malformed stage: what is wrong");
  CHECK(stage.receipts() == 0);
}

TEST_CASE("a receipt is answered when it is durable; it is kept as it was signed, and counts from then on") {
  Scene stage;
  const core::SubmitReceipt first = stage.said(Stage::responded, {report_id("r1")}, Answer::relevant);
  core::Outcome outcome = stage.step(first);
  join(outcome, stage.step(core::Cut{}));
  CHECK(stage.answer_in(outcome, first) == "no answer");
  CHECK(stage.answer_in(stage.commit(), first) == "accepted");
  const Record& record = *stage.world.log().back();
  CHECK(record.entry.kind == EntryKind::receipt);
  CHECK(record.entry.body == kConfided);
  CHECK(std::get<Receipt>(record.content).note == kConfided);

  CHECK(stage.answer(stage.said(Stage::responded, {report_id("r1")}, Answer::relevant)) == "said before");
  for (const Stage stage_before : {Stage::delivered, Stage::opened})
    CHECK(stage.answer(stage.said(stage_before)) == "said before");
  CHECK(stage.receipts() == 1);
  CHECK(stage.answer(stage.said(Stage::responded, {report_id("r1")}, Answer::handled)) == "accepted");
  core::SubmitReceipt other_note = stage.said(Stage::responded, {report_id("r1")}, Answer::handled);
  std::get<Receipt>(other_note.decoded).note = "more";
  CHECK(stage.answer(other_note) == "accepted");
  // One of several that is new makes the whole new.
  stage.submit(secret(report_of("r3", cast::meti())));
  stage.settle();
  CHECK(stage.answer(stage.said(Stage::delivered, {report_id("r1"), report_id("r3")})) == "accepted");
  CHECK(stage.answer(stage.said(Stage::delivered, {report_id("r1"), report_id("r3")})) == "said before");
  CHECK(stage.answer(stage.said(Stage::delivered, {report_id("r3")})) == "said before");
  CHECK(stage.receipts() == 4);
  // Another's word is not one's own.
  CHECK(stage.answer(stage.receipt("gas-gaisha", Door::urgent, Stage::delivered, {report_id("r1")})) == "accepted");
  for (const std::string& wrong : stage.wrongs()) FAIL_CHECK(wrong);
}

TEST_CASE("a receipt that a stopping broker cannot take is to be sent again; what was said before is answered") {
  Scene stage;
  stage.answer(stage.said(Stage::delivered));
  stage.step(core::Shutdown{});
  CHECK(stage.answer(stage.said(Stage::delivered)) == "said before");
  CHECK(stage.answer(stage.said(Stage::opened)) == "shutting_down : the broker is stopping: send again later");
  CHECK(stage.answer(stage.said(Stage::opened, {report_id("r2")})) ==
        "relation_unknown reportIds[0]: no such report: " + report_id("r2").value);
  CHECK(stage.receipts() == 1);
}

TEST_CASE("a receipt goes behind an urgent report that came after it") {
  Scene stage;
  stage.step(stage.said(Stage::delivered));
  stage.submit(secret(report_of("r3", cast::meti())));
  const core::Outcome cut = stage.step(core::Cut{});
  REQUIRE(cut.append.size() == 2);
  CHECK(cut.append[0].kind == EntryKind::report);
  CHECK(cut.append[1].kind == EntryKind::receipt);
}

TEST_CASE("without a session there is no receipt and no board") {
  Scene stage;
  stage.step(core::Goodbye{stage.world.peer("hatsuden", Door::urgent)});
  const core::Peer peer = stage.world.peer("hatsuden", Door::urgent);
  for (const core::Command& command :
       std::vector<core::Command>{stage.said(Stage::delivered), core::BoardQuery{peer, 1, {}}}) {
    const core::Outcome outcome = stage.step(command);
    CHECK(outcome.send.size() == 1);
    CHECK(sent<core::HelloRequired>(outcome, peer.id).size() == 1);
  }
  stage.settle();
  CHECK(stage.receipts() == 0);
}

TEST_CASE("nothing that a member said follows the end of its membership into the log") {
  for (const bool revoked : {true, false}) {
    INFO((revoked ? "revoked" : "expired"));
    Scene stage;
    Member member = cast::hatsuden();
    member.valid_until = kStart + 100;
    stage.enrol(member);
    stage.world.reconnect("hatsuden", Door::urgent);
    stage.step(stage.world.hello("hatsuden", Door::urgent));
    const core::SubmitReceipt submit = stage.said(Stage::delivered);
    const core::SubmitReceipt other = stage.receipt("gas-gaisha", Door::urgent, Stage::delivered, {report_id("r2")});
    core::Outcome outcome = stage.step(submit);
    join(outcome, stage.step(other));
    member.revoked = true;
    if (revoked) join(outcome, stage.step(core::ChangeMember{1, "member hatsuden", member}));
    if (!revoked) stage.world.now = kStart + 100, join(outcome, stage.step(core::Tick{}));
    join(outcome, stage.settle());
    CHECK(stage.answer_in(outcome, submit) == "revoked : hatsuden is no longer enrolled");
    CHECK(sent<core::ReceiptAccepted>(outcome, other.peer.id).size() == 1);
    CHECK(stage.receipts() == 1);
    CHECK(stage.world.broker().backlog(Lane::batched) == 0);
    for (const std::string& wrong : stage.wrongs()) FAIL_CHECK(wrong);
  }
}

TEST_CASE("what was said of a report is no way back to it: who may no longer see it hears that there is none") {
  Scene stage;
  const core::SubmitReceipt of_gas = stage.receipt("gas-gaisha", Door::urgent, Stage::delivered, {report_id("r2")});
  CHECK(stage.answer(of_gas) == "accepted");
  CHECK(stage.answer(of_gas) == "said before");
  Member moved = cast::gas_gaisha();
  moved.sectors = {"electricity"};
  stage.enrol(moved);
  stage.step(stage.world.hello("gas-gaisha", Door::urgent));
  CHECK(stage.answer(of_gas) == "relation_unknown reportIds[0]: no such report: " + report_id("r2").value);
  CHECK(stage.receipts() == 1);
  for (const std::string& wrong : stage.wrongs()) FAIL_CHECK(wrong);
}

