// From a receipt to its place in the log, and from the log to the confirmation board.
#include <algorithm>

#include "broker/core/broker.h"
#include "broker/core/entitlement.h"
#include "broker/core/planted.h"

namespace noroshi::core {

void Broker::on(const SubmitReceipt& submit) {
  if (!session_of(submit.peer)) return;
  const Member& member = *active_member(submit.peer.key);
  const auto no = [&](Rejection why) {
    reject(submit.peer.id, submit.number, member.organization, {}, std::move(why));
  };
  if (const auto* broken = std::get_if<Rejection>(&submit.decoded)) return no(*broken);
  const Receipt& receipt = std::get<Receipt>(submit.decoded);
  if (receipt.organization != member.organization)
    return no({Reason::organization_mismatch, "organization",
               "the receipt says " + receipt.organization + ", the sender is " + member.organization});
  if (!submit.signed_by)
    return no({Reason::key_unknown, "", "the key id names none of the sender's enrolled signing keys"});
  if (!submit.signature_valid)
    return no({Reason::signature_invalid, "", "the signature does not fit the receipt's bytes"});
  for (std::size_t i = 0; i < receipt.reports.size(); ++i) {
    const Confirmations::Open* open = confirmations_.find(receipt.reports[i]);
    const Report* report = open                                           ? &open->report
                           : i < submit.stored.size() && submit.stored[i] ? submit.stored[i]->report()
                                                                          : nullptr;
    // A report that the member may not see does not exist for it.
    if (!report || !reads(member) || !entitled(member, *report, now_))
      return no({Reason::relation_unknown, "reportIds[" + std::to_string(i) + "]",
                 "no such report: " + receipt.reports[i].value});
  }
  if (!confirmations_.says_something_new(receipt)) {
    out_.send.push_back({submit.peer.id, ReceiptAccepted{submit.number, {}, true}});
    return;
  }
  if (shutting_down_) return no({Reason::shutting_down, "", "the broker is stopping: send again later"});
  Append entry;
  entry.kind = EntryKind::receipt;
  entry.lane = Lane::urgent;  // as every entry that is no report; it queues with the batched lane's
  entry.body = submit.body;
  entry.content = receipt;
  const auto pending = sequencer_.admit(std::move(entry));
  if (planted(Bug::take_receipt_before_commit))
    out_.send.push_back({submit.peer.id, ReceiptAccepted{submit.number, {}, false}});
  else
    pending->waiters.push_back({submit.peer.id, submit.number, false});
}

BoardScene Broker::scene(Micros now) const {
  Presence presence{{}, confirmations_.heard_from()};
  for (const auto& [id, session] : sessions_) {
    if (!session.subscribes) continue;
    if (seen_.at(session.organization).daemon() && !session.asked.daemon()) continue;  // that one has the reports
    presence.now.insert(session.organization);
    presence.asked[session.organization].push_back(&session.asked);
    if (session.sinks_fail) presence.sinks_fail.insert(session.organization);
  }
  for (const auto& [organization, last] : seen_) {
    presence.ever.insert(organization);
    if (!presence.now.contains(organization)) presence.asked[organization].push_back(&last);
  }
  return {roster_, std::move(presence), settings_.matrix, posture_, now};
}

std::vector<BoardReport> Broker::boards(const std::vector<const Confirmations::Open*>& open, Micros now) const {
  const BoardScene all = scene(now);
  std::vector<BoardReport> boards;
  for (const Confirmations::Open* each : open) boards.push_back(board_of(*each, all));
  return boards;
}

std::vector<BoardReport> Broker::board(const ReportId& which, Micros now) const {
  const Confirmations::Open* open = confirmations_.find(which);
  return open ? boards({open}, now) : std::vector<BoardReport>{};
}

std::vector<BoardReport> Broker::board_after(Seq after, Micros now) const {
  return boards(confirmations_.after(after, limits::kBoardReports), now);
}

// An auditor sees the boards of what its clearance covers; anybody else its own row of what it is entitled to.
void Broker::on(const BoardQuery& query) {
  if (!session_of(query.peer)) return;
  const Member& member = *active_member(query.peer.key);
  if (!reads(member)) return refuse(query.peer, Reason::not_permitted);
  const BoardScene all = scene(now_);
  std::vector<const Confirmations::Open*> asked = confirmations_.newest(limits::kBoardReports);
  if (!query.report.value.empty()) asked = {confirmations_.find(query.report)};
  std::vector<BoardReport> boards;
  std::size_t rows = 0;
  for (auto it = asked.rbegin(); it != asked.rend() && rows < limits::kBoardRows; ++it) {  // an answer is one frame
    const Confirmations::Open* open = *it;
    if (!open || !entitled(member, open->report, now_)) continue;
    const auto label = open->report.label();
    const bool cleared = label && member.audit_clearance && *label <= *member.audit_clearance;
    boards.push_back(cleared ? board_of(*open, all) : board_for(member.organization, *open, all));
    rows += boards.back().rows.size();
    // A withdrawal is for everyone who may have the report, but its author may be none of them.
    if (auto& withdrawn = boards.back().withdrawn)
      if (!entitled(member, confirmations_.find(withdrawn->report)->report, now_)) withdrawn.reset();
  }
  std::reverse(boards.begin(), boards.end());  // the newest last, as they were
  out_.send.push_back({query.peer.id, BoardAnswer{query.number, std::move(boards)}});
}

}  // namespace noroshi::core
