#include "tests/entitlement/watched_world.h"

#include <algorithm>

#include "tests/entitlement/small_world.h"

namespace noroshi::entitlement {

using core::Door;

Report secret(Report report) {
  report.title = {{"ja", kSecret}};
  for (Section& section : report.sections) section.text = {{"ja", kSecret}};
  report.attachments = {{kSecret, "text/plain", 1}};
  return report;
}

std::string everything_said(const core::Outcome& outcome) {
  std::string said;
  const auto say = [&](const std::string& text) { said.append(text).append("\n"); };
  for (const core::Send& send : outcome.send) {
    if (const auto* welcome = std::get_if<core::Welcome>(&send.message))
      say(welcome->posture), say(welcome->matrix_version);
    if (const auto* accepted = std::get_if<core::Accepted>(&send.message)) say(accepted->topic);
    if (const auto* rejected = std::get_if<core::Rejected>(&send.message))
      say(rejected->why.field), say(rejected->why.detail);
    if (const auto* beat = std::get_if<core::Beat>(&send.message)) say(beat->posture);
    if (const auto* roster = std::get_if<core::RosterAnswer>(&send.message))
      for (const Bytes& member : roster->members) say(member);
  }
  for (const core::FeedItem& item : outcome.feed) say(item.topic);
  for (const core::Event& event : outcome.events) say(event.organization), say(event.detail);
  for (const core::AdminDone& done : outcome.admin) say(done.error);
  return said;
}

core::Outcome WatchedWorld::step(const core::Command& command) {
  std::visit(
      [&](const auto& c) {
        if constexpr (requires { c.peer.key; })
          if (const auto owner = keys_.find(c.peer.key); owner != keys_.end())
            peers_[c.peer.id] = {owner->second, c.peer.door};
      },
      command);
  const std::size_t backlog = world.broker().backlog(Lane::batched);
  core::Outcome outcome = watch(world.step(command));
  if (const auto* submit = std::get_if<core::SubmitReceipt>(&command))
    check_receipt(*submit, outcome, world.broker().backlog(Lane::batched) > backlog);
  return outcome;
}

core::Outcome WatchedWorld::commit() {
  before_commit_ = members_;
  for (const core::Append& append : world.in_flight())  // the step of Committed judges by what it commits
    if (const auto* member = std::get_if<Member>(&append.content)) {
      members_[member->organization] = *member;
      for (const PublicKey& key : member->transport_keys) keys_[key] = member->organization;
    }
  core::Outcome outcome = watch(world.commit());
  before_commit_.clear();
  return outcome;
}

core::Outcome WatchedWorld::answer_read(std::size_t rows) { return watch(world.answer_read(rows)); }

core::Outcome WatchedWorld::settle() {
  core::Outcome all;
  for (;;) {
    if (world.in_flight().empty()) test::join(all, step(core::Cut{}));
    if (!world.in_flight().empty())
      test::join(all, commit());
    else if (world.broker().sessions_wait())
      test::join(all, step(core::Continue{}));
    else if (!world.open_reads().empty())
      test::join(all, answer_read());
    else
      return all;
  }
}

void WatchedWorld::restart() { world.restart(), peers_.clear(); }

core::Outcome WatchedWorld::enrol(const Member& member) {
  core::Outcome all = watch(world.change(member));
  test::join(all, settle());
  return all;
}

core::Outcome WatchedWorld::submit(const Report& report, Door door) {
  core::Submit submit = world.submission(report, door);
  submit.body = kSecret;
  return step(submit);
}

core::SubmitReceipt WatchedWorld::receipt(const std::string& organization, Door door, Stage stage,
                                          const std::vector<ReportId>& reports, std::optional<Answer> answer) {
  const std::string note = answer ? kConfided : "";
  core::SubmitReceipt submit;
  submit.peer = world.peer(organization, door);
  submit.number = ++receipts_;
  submit.body = note;
  submit.decoded = Receipt{organization, stage, reports, answer, note, world.now};
  submit.signed_by = test::key_of(organization + " signs");
  submit.signature_valid = true;
  for (const ReportId& id : reports)
    submit.stored.push_back(world.broker().confirming(id) ? nullptr : world.stored(id));
  return submit;
}

std::vector<Member> WatchedWorld::members() const {
  std::vector<Member> all;
  for (const auto& [organization, member] : members_) all.push_back(member);
  return all;
}

Seq WatchedWorld::digests_upto() const {
  const auto& log = world.log();
  for (auto record = log.rbegin(); record != log.rend(); ++record)
    if (const auto* release = std::get_if<DigestRelease>(&(*record)->content)) return release->upto;
  return {};
}

std::string WatchedWorld::organization_of(PeerId peer) const {
  const auto it = peers_.find(peer);
  return it == peers_.end() ? "" : it->second.organization;
}

core::Outcome WatchedWorld::watch(core::Outcome outcome) {
  for (const core::Send& send : outcome.send) check(send);
  for (const core::FeedItem& item : outcome.feed) {
    ++looked_at_;
    const Record& record = *item.entry.record();
    if (!record.report() || !is_public(*record.report()) || item.lane != record.entry.lane || item.entry.redacted())
      wrong({}, "on the open feed: " + (record.report() ? describe(*record.report()) : "no report"));
    if (item.lane == Lane::batched && record.entry.seq > digests_upto())
      wrong({}, "on the open feed before its release");
  }
  const std::string said = everything_said(outcome);
  if (said.find(kSecret) != std::string::npos) wrong({}, "text of a report in what is said");
  if (said.find(kConfided) != std::string::npos) wrong({}, "the note of a receipt in what is said");
  return outcome;
}

void WatchedWorld::check(const core::Send& send) {
  const auto known = peers_.find(send.peer);
  const Door door = known == peers_.end() ? Door{} : known->second.door;
  if (const auto* deliver = std::get_if<core::Deliver>(&send.message)) {
    for (const core::Released& entry : deliver->entries) {
      check_entry(send.peer, door, entry);
      const Report* report = entry.record()->report();
      if (!report || entry.redacted()) {
        wrong(send.peer, "no whole report in a delivery");
        continue;
      }
      if (door == Door::archive || (door == Door::urgent) != (entry.record()->entry.lane == Lane::urgent))
        wrong(send.peer, "through the door of another lane: " + describe(*report));
      if (door == Door::batched && entry.record()->entry.seq > digests_upto())
        wrong(send.peer, "before its digest is released: " + describe(*report));
      if (report->tlp == "RED" && door == Door::batched && (deliver->digest || deliver->entries.size() != 1))
        wrong(send.peer, "RED does not travel alone: " + describe(*report));
      if (report->tlp != "RED" && (door == Door::batched) != deliver->digest)
        wrong(send.peer, "neither digest nor live: " + describe(*report));
    }
  } else if (const auto* chunk = std::get_if<core::ReplayChunk>(&send.message)) {
    for (const core::Released& entry : chunk->entries) check_entry(send.peer, door, entry);
    if (door != Door::archive) wrong(send.peer, "a replay outside the archive");
  } else if (std::holds_alternative<core::RosterAnswer>(send.message)) {
    check_in_force(send.peer, "the roster");
  } else if (std::holds_alternative<core::Beat>(send.message)) {
    check_in_force(send.peer, "the posture");
  } else if (std::holds_alternative<core::Welcome>(send.message)) {
    check_in_force(send.peer, "a session");
  } else if (const auto* accepted = std::get_if<core::ReceiptAccepted>(&send.message)) {
    // What it said while it was in force may become durable later.
    if (accepted->duplicate) check_in_force(send.peer, "the answer to a receipt");
  } else if (const auto* answer = std::get_if<core::BoardAnswer>(&send.message)) {
    check_in_force(send.peer, "the board");
    for (const core::BoardReport& board : answer->reports) check_board(send.peer, board);
  } else if (const auto* reminder = std::get_if<core::Reminder>(&send.message)) {
    check_reminder(send.peer, door, *reminder);
  }
}

// Taken: it was queued, or answered as said before.
void WatchedWorld::check_receipt(const core::SubmitReceipt& submit, const core::Outcome& outcome, bool taken) {
  const auto* receipt = std::get_if<Receipt>(&submit.decoded);
  const auto member = members_.find(organization_of(submit.peer.id));
  bool may = receipt && submit.signed_by && submit.signature_valid && member != members_.end() &&
             receipt->organization == member->first;
  for (std::size_t i = 0; may && i < receipt->reports.size(); ++i) {
    const RecordPtr record = world.stored(receipt->reports[i]);
    may = record && !board_readers({member->second}, *record->report(), world.now).empty();
  }
  taken = taken || !test::sent<core::ReceiptAccepted>(outcome, submit.peer.id).empty();
  const bool rejected = !test::sent<core::Rejected>(outcome, submit.peer.id).empty();
  if (taken && !may) wrong(submit.peer.id, "a receipt for what it may not see is taken");
  if (rejected && may) wrong(submit.peer.id, "a receipt for what it may see is rejected");
}

void WatchedWorld::check_board(PeerId peer, const core::BoardReport& board) {
  ++looked_at_;
  const auto member = members_.find(organization_of(peer));
  if (member == members_.end()) return wrong(peer, "a board for nobody that is enrolled");
  const std::vector<Member> alone{member->second};
  const RecordPtr record = world.stored(board.report.id);
  if (!record) return wrong(peer, "a board of what is not in the log");
  if (board_readers(alone, *record->report(), world.now).empty())
    wrong(peer, "on the board: " + describe(board.report));
  if (!board.report.sections.empty() || !board.report.attachments.empty()) wrong(peer, "a whole report on the board");
  if (!board_overseers(alone, *record->report(), world.now).empty()) return;
  for (const core::BoardRow& row : board.rows)
    if (row.organization != member->first) wrong(peer, "the row of " + row.organization);
}

void WatchedWorld::check_reminder(PeerId peer, Door door, const core::Reminder& reminder) {
  ++looked_at_;
  const auto member = members_.find(organization_of(peer));
  if (member == members_.end()) return wrong(peer, "a reminder for nobody that is enrolled");
  const RecordPtr record = world.stored(reminder.report);
  if (!record) return wrong(peer, "a reminder of what is not in the log");
  if (readers({member->second}, *record->report(), world.now).empty())
    wrong(peer, "reminded of: " + describe(*record->report()));
  if ((door == Door::urgent) != (record->entry.lane == Lane::urgent))
    wrong(peer, "reminded through another lane's door");
  bool noted = false;
  for (const RecordPtr& each : world.log()) {
    const auto* overdue = std::get_if<Overdue>(&each->content);
    noted = noted || (overdue && overdue->report == reminder.report && overdue->stage == reminder.stage &&
                      std::count(overdue->organizations.begin(), overdue->organizations.end(), member->first) > 0);
  }
  if (!noted) wrong(peer, "reminded of what the log does not call overdue with it");
}

void WatchedWorld::check_in_force(PeerId peer, const char* what) {
  // A posture and the end of a membership may be committed together, in this order.
  for (const auto* members : {&members_, &before_commit_})
    if (const auto member = members->find(organization_of(peer)); member != members->end())
      if (!in_force({member->second}, world.now).empty()) return;
  wrong(peer, std::string(what) + " for a member that is not in force");
}

void WatchedWorld::check_entry(PeerId peer, Door door, const core::Released& entry) {
  ++looked_at_;
  const Record& record = *entry.record();
  if (record.entry.seq > (world.log().empty() ? Seq{} : world.log().back()->entry.seq)) wrong(peer, "not durable yet");
  const auto member = members_.find(organization_of(peer));
  if (member == members_.end()) return wrong(peer, "an entry for nobody that is enrolled");
  const std::vector<Member> alone{member->second};
  const Report* report = record.report();
  if (const auto* receipt = std::get_if<Receipt>(&record.content)) {
    std::vector<const Report*> reports;
    for (const ReportId& id : receipt->reports)
      reports.push_back(world.broker().confirming(id) ? world.stored(id)->report() : nullptr);
    if (auditors(alone, world.now).empty()) wrong(peer, "a receipt for no auditor");
    if (entry.redacted() != receipt_readers(alone, reports, world.now).empty())
      wrong(peer, std::string("a receipt ") + (entry.redacted() ? "that it may see, as a leaf" : "whole"));
  } else if (const auto* access = std::get_if<Access>(&record.content)) {
    if (auditors(alone, world.now).empty()) wrong(peer, "an access for no auditor");
    if (entry.redacted() != access_readers(alone, access->organization, world.now).empty())
      wrong(peer, std::string("an access ") + (entry.redacted() ? "that it may see, as a leaf" : "whole"));
  } else if (!report) {
    if (entry.redacted() || auditors(alone, world.now).empty()) wrong(peer, "what is no report, for no auditor");
  } else if (entry.redacted()) {
    if (door != Door::archive || leaf_readers(alone, *report, world.now).empty())
      wrong(peer, "a leaf for no auditor: " + describe(*report));
  } else if (readers(alone, *report, world.now).empty()) {
    wrong(peer, describe(*report));
  }
}

void WatchedWorld::wrong(PeerId peer, const std::string& what) {
  wrongs_.push_back((peer == PeerId{} ? "" : organization_of(peer) + ": ") + what);
}

}  // namespace noroshi::entitlement
