#include "tests/unit/core/promises.h"

#include <string>
#include <variant>
#include <vector>

#include "tests/support/core_world.h"

namespace noroshi::test {

using core::Door;

namespace {

// hatsuden publishes, bank (another sector) and denryoku (the same sector) listen to everything that is urgent.
struct Scene : World {
  Scene() {
    for (const Member& member : {cast::hatsuden(), cast::bank(), cast::denryoku()}) enrol(member);
    step(hello("hatsuden", Door::urgent));
    for (const char* listener : {"bank", "denryoku"}) step(hello(listener, Door::urgent, {"*"}));
  }
  PeerId urgent(const std::string& organization) { return peer(organization, Door::urgent).id; }
  Report report(std::string_view name, std::string item = "C.it-failure") {
    return report_of(name, cast::hatsuden(), std::move(item));
  }
};

}  // namespace

bool nothing_is_accepted_before_it_is_durable() {
  Scene stage;
  core::Outcome before = stage.submit(stage.report("r1"));
  join(before, stage.step(core::Cut{}));
  const core::Outcome after = stage.commit();
  return sent<core::Accepted>(before, stage.urgent("hatsuden")).empty() &&
         sent<core::Accepted>(after, stage.urgent("hatsuden")).size() == 1;
}

bool no_receipt_is_taken_before_it_is_durable() {
  Scene stage;
  stage.publish(stage.report("r1"));
  const Receipt receipt{"bank", Stage::delivered, {report_id("r1")}, {}, {}, stage.now};
  const core::Peer bank = stage.peer("bank", Door::urgent);
  core::Outcome before = stage.step(core::SubmitReceipt{bank, 1, "a receipt", receipt, key_of("bank"), true, {}});
  join(before, stage.step(core::Cut{}));
  const core::Outcome after = stage.commit();
  return sent<core::ReceiptAccepted>(before, bank.id).empty() &&
         sent<core::ReceiptAccepted>(after, bank.id).size() == 1;
}

bool nothing_is_delivered_before_it_is_durable() {
  Scene stage;
  core::Outcome before = stage.submit(stage.report("r1"));
  join(before, stage.step(core::Cut{}));
  const core::Outcome after = stage.commit();
  return delivered(before, stage.urgent("bank")).empty() && delivered(after, stage.urgent("bank")) == Names{"r1"};
}

// Live and in catch-up, where the reports come from the store.
bool nobody_gets_what_is_not_for_them() {
  Scene stage;
  core::Outcome all = stage.publish(labelled(stage.report("r1"), "AMBER", {{"electricity"}, {}, {}}));
  join(all, stage.publish(labelled(stage.report("r2"), "RED", {{}, {}, {"denryoku"}})));
  const bool live =
      delivered(all, stage.urgent("bank")).empty() && delivered(all, stage.urgent("denryoku")) == Names{"r1", "r2"};
  stage.restart();
  core::Outcome late = stage.step(stage.hello("bank", Door::urgent, {"*"}));
  join(late, stage.settle());
  return live && delivered(late, stage.urgent("bank")).empty();
}

bool a_proof_tells_nobody_of_what_is_hidden() {
  Scene stage;
  stage.publish(labelled(stage.report("r1"), "RED", {{}, {}, {"denryoku"}}));
  const auto told = [&](const char* who) {
    core::ProofDone done{stage.urgent(who), 1, stage.stored(report_id("r1")), "a checkpoint", {Hash{1}}, true};
    const auto answers = sent<core::ProofAnswer>(stage.step(done), stage.urgent(who));
    return answers.size() == 1 && (answers[0].known || !answers[0].proof.empty());
  };
  return told("denryoku") && !told("bank");
}

bool the_open_feed_carries_only_what_is_public() {
  Scene stage;
  Report drill = labelled(stage.report("r4"), "CLEAR");
  drill.status = Status::exercise;
  core::Outcome all;
  for (const Report& report : {labelled(stage.report("r1"), "CLEAR"), labelled(stage.report("r2"), "GREEN"),
                               labelled(stage.report("r3"), "CLEAR", {{"gas"}, {}, {}}), drill})
    join(all, stage.publish(report));
  return fed(all) == Names{"r1"};
}

bool one_report_id_has_one_sequence() {
  Scene stage;
  stage.submit(stage.report("r1"));
  stage.submit(stage.report("r1"));  // while the first is on its way
  stage.settle();
  stage.publish(stage.report("r1"));  // after it
  std::size_t times = 0;
  for (const RecordPtr& record : stage.log())
    if (record->report() && record->report()->id == report_id("r1")) ++times;
  return times == 1;
}

// Credit ends in the middle of one batch, so that the rest of it has to wait.
bool nothing_is_skipped_when_credit_ends() {
  Scene stage;
  stage.step(stage.hello("bank", Door::urgent, {"*"}, 1));
  for (const char* name : {"r1", "r2", "r3"}) stage.submit(stage.report(name));
  const core::Outcome all = stage.settle();
  const bool held = delivered(all, stage.urgent("bank")) == Names{"r1"};
  core::Outcome rest = stage.step(core::Credit{stage.peer("bank", Door::urgent), {}, 10});
  join(rest, stage.settle());
  return held && delivered(rest, stage.urgent("bank")) == Names{"r2", "r3"};
}

bool drills_reach_only_those_who_ask() {
  Scene stage;
  stage.step(stage.hello("denryoku", Door::urgent, {"exercise.C"}));
  Report drill = stage.report("r1");
  drill.status = Status::exercise;
  const core::Outcome all = stage.publish(drill);
  return delivered(all, stage.urgent("bank")).empty() && delivered(all, stage.urgent("denryoku")) == Names{"r1"};
}

// However many batched reports came before it, the urgent one has the lowest sequence and is in the first batch.
bool urgent_does_not_queue_behind_batched() {
  Scene stage;
  for (int i = 0; i < 200; ++i) stage.submit(stage.report("b" + std::to_string(i), "A.near-miss"));
  stage.submit(stage.report("r1"));
  const std::vector<core::Append> batch = stage.step(core::Cut{}).append;
  const auto* first = batch.empty() ? nullptr : std::get_if<Report>(&batch.front().content);
  return first && first->id == report_id("r1");
}

bool revocation_ends_sessions() {
  Scene stage;
  Member bank = cast::bank();
  bank.revoked = true;
  core::Outcome all = stage.change(bank);
  join(all, stage.settle());
  const core::Outcome answer = stage.step(core::Heartbeat{stage.peer("bank", Door::urgent), {}});
  return closed(all, stage.urgent("bank")) && !sent<core::HelloRequired>(answer, stage.urgent("bank")).empty();
}

// Neither an entry nor the end of what holds none.
bool no_auditor_reads_before_it_is_noted() {
  bool kept = true;
  for (const Seq from : {Seq{1}, Seq{99}}) {
    Scene stage;
    stage.enrol(cast::auditor(Tlp::red));
    stage.publish(stage.report("r1"));
    stage.step(stage.hello("auditor", Door::archive));
    core::Replay replay;
    replay.peer = stage.peer("auditor", Door::archive);
    replay.from = from;
    replay.credit = 10;
    core::Outcome before = stage.step(replay);
    join(before, stage.step(core::Heartbeat{replay.peer, {}}));
    join(before, stage.step(core::Cut{}));
    const core::Outcome after = stage.commit();
    const auto said = [&](const core::Outcome& outcome) {
      return sent<core::ReplayChunk>(outcome, replay.peer.id).size() +
             sent<core::ReplayEnd>(outcome, replay.peer.id).size();
    };
    kept = kept && said(before) == 0 && before.read.empty() && said(after) == (from == Seq{1} ? 2 : 1) &&
           stage.log().back()->entry.kind == EntryKind::access;
  }
  return kept;
}

}  // namespace noroshi::test
