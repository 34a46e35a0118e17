// Receipts: who may say what of which report, and what becomes of it.
#include "tests/support/catch.h"
#include "tests/unit/core/confirming.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;
using core::Held;

}  // namespace

TEST_CASE("a receipt is an entry of the log, answered once it is durable, and moves the board") {
  Confirming stage;
  CHECK_FALSE(stage.of("hatsuden").confirmed);
  CHECK(stage.of("hatsuden").held == Held::not_delivered);
  CHECK(stage.of("gas-gaisha").held == Held::never_connected);

  const auto receipt = stage.said("hatsuden", Stage::delivered);
  core::Outcome outcome = stage.step(receipt);
  CHECK(stage.accepted(outcome, "hatsuden").empty());
  join(outcome, stage.step(core::Cut{}));
  CHECK(stage.accepted(outcome, "hatsuden").empty());
  CHECK_FALSE(stage.of("hatsuden").confirmed);
  outcome = stage.commit();
  REQUIRE(stage.accepted(outcome, "hatsuden").size() == 1);
  CHECK(stage.accepted(outcome, "hatsuden")[0].seq == stage.log().back()->entry.seq);
  CHECK(stage.log().back()->entry.kind == EntryKind::receipt);
  CHECK(stage.log().back()->entry.body == "a receipt");
  CHECK(stage.of("hatsuden").confirmed->stage == Stage::delivered);
  CHECK(stage.of("hatsuden").held == Held::no);

  stage.say(stage.said("hatsuden", Stage::opened));
  stage.say(stage.said("hatsuden", Stage::responded, "r1", Answer::investigating, "調べています"));
  stage.say(stage.said("hatsuden", Stage::responded, "r1", Answer::handled));
  CHECK(stage.of("hatsuden").confirmed->answer == Answer::handled);
  CHECK(stage.of("hatsuden").confirmed->note.empty());
}

TEST_CASE("what was said before is answered and not written again; a stage is never taken back") {
  Confirming stage;
  stage.say(stage.said("hatsuden", Stage::opened));
  const Seq head = stage.broker().head();
  for (const Stage again : {Stage::opened, Stage::delivered}) {
    const auto answers = stage.accepted(stage.say(stage.said("hatsuden", again)), "hatsuden");
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].duplicate);
  }
  CHECK(stage.broker().head() == head);
  CHECK(stage.of("hatsuden").confirmed->stage == Stage::opened);
}

TEST_CASE("who may say what of which report") {
  Confirming stage;
  const auto why = [&](const core::SubmitReceipt& receipt, const std::string& who) {
    return stage.rejected(stage.say(receipt), who);
  };
  auto receipt = stage.said("hatsuden", Stage::delivered);
  std::get<Receipt>(receipt.decoded).organization = "bank";
  CHECK(why(receipt, "hatsuden") == Reason::organization_mismatch);
  receipt = stage.said("hatsuden", Stage::delivered);
  receipt.signed_by.reset();
  CHECK(why(receipt, "hatsuden") == Reason::key_unknown);
  receipt = stage.said("hatsuden", Stage::delivered);
  receipt.signature_valid = false;
  CHECK(why(receipt, "hatsuden") == Reason::signature_invalid);
  CHECK(why(stage.said("hatsuden", Stage::delivered, "never"), "hatsuden") == Reason::relation_unknown);
  // What it may not see does not exist for it.
  stage.publish(labelled(report_of("secret", cast::nisc()), "RED", {{}, {}, {"bank"}}));
  CHECK(why(stage.said("hatsuden", Stage::delivered, "secret"), "hatsuden") == Reason::relation_unknown);
  CHECK_FALSE(why(stage.said("bank", Stage::delivered, "secret"), "bank"));
  receipt = stage.said("hatsuden", Stage::delivered);
  receipt.decoded = Rejection{Reason::malformed, "", "no receipt"};
  CHECK(why(receipt, "hatsuden") == Reason::malformed);
  CHECK_FALSE(stage.of("hatsuden").confirmed);
  // Without a session it is asked for one.
  CHECK(stage.step(stage.said("gas-gaisha", Stage::delivered)).send.size() == 1);
}

TEST_CASE("a restart finds the receipts again") {
  Confirming stage;
  stage.say(stage.said("hatsuden", Stage::opened));
  stage.restart();
  CHECK(stage.of("hatsuden").confirmed->stage == Stage::opened);
  CHECK_FALSE(stage.of("bank").confirmed);
}

TEST_CASE("receipts wait behind urgent reports, and nothing of a revoked member follows its revocation") {
  Confirming stage;
  stage.step(stage.hello("nisc", Door::urgent));
  stage.step(stage.said("hatsuden", Stage::delivered));
  stage.step(stage.submission(report_of("r2", cast::nisc())));
  const core::Outcome cut = stage.step(core::Cut{});
  REQUIRE(cut.append.size() == 2);
  CHECK(cut.append[0].kind == EntryKind::report);
  CHECK(cut.append[1].kind == EntryKind::receipt);
  stage.commit();

  Member revoked = cast::bank();
  revoked.revoked = true;
  stage.change(revoked);
  core::Outcome outcome = stage.step(stage.said("bank", Stage::delivered));
  join(outcome, stage.settle());
  CHECK(stage.rejected(outcome, "bank") == Reason::revoked);
  CHECK(stage.log().back()->entry.kind == EntryKind::member);
  CHECK(stage.broker().backlog(Lane::batched) == 0);
}

TEST_CASE("an auditor sees a receipt as a leaf if it speaks of what is above its clearance") {
  Confirming stage;
  stage.publish(labelled(report_of("secret", cast::nisc()), "RED", {{}, {}, {"bank"}}));
  stage.say(stage.said("bank", Stage::delivered, "secret"));
  stage.say(stage.said("bank", Stage::delivered));
  const auto seen_by = [&](Tlp clearance) {
    stage.enrol(cast::auditor(clearance));
    const core::Peer viewer = stage.peer("auditor", Door::archive);
    stage.step(stage.hello("auditor", Door::archive));
    core::Replay replay{viewer, Seq{1}, {}, {}, {}, {EntryKind::receipt}, 100};
    core::Outcome outcome = stage.step(replay);
    join(outcome, stage.settle());
    std::vector<bool> redacted;
    for (const auto& chunk : sent<core::ReplayChunk>(outcome, viewer.id))
      for (const core::Released& entry : chunk.entries) redacted.push_back(entry.redacted());
    return redacted;
  };
  CHECK(seen_by(Tlp::amber) == std::vector{true, false});
  CHECK(seen_by(Tlp::red) == std::vector{false, false});
}

TEST_CASE("who only publishes has no board, and a receipt of it is for no report") {
  Confirming stage;
  Member sends_only = cast::gas_gaisha();
  sends_only.subscribe = false;
  stage.enrol(sends_only);
  const core::Peer peer = stage.peer("gas-gaisha", Door::urgent);
  stage.step(stage.hello("gas-gaisha", Door::urgent));
  const core::Outcome outcome = stage.step(core::BoardQuery{peer, 7, {}});
  CHECK(sent<core::BoardAnswer>(outcome, peer.id).empty());
  REQUIRE(sent<core::Refused>(outcome, peer.id).size() == 1);
  CHECK(sent<core::Refused>(outcome, peer.id)[0].reason == Reason::not_permitted);
  CHECK(stage.rejected(stage.say(stage.said("gas-gaisha", Stage::delivered)), "gas-gaisha") ==
        Reason::relation_unknown);
}
