#include "proto/client/intake.h"

#include <algorithm>
#include <utility>

#include "proto/wire/decode.h"

namespace noroshi::client {

namespace {
// The broker answers at once; an answer that takes this long got lost with a peer that was evicted meanwhile.
constexpr std::int64_t kAskAgain = 5 * kMicrosPerSecond;
}  // namespace

bool Intake::welcomed(Seq cursor, Seq head) {
  ++session_;
  owed_ = {};
  must_ask_ = true;
  asking_ = false;
  if (std::exchange(from_now_, false)) {
    start_after(cursor);
    return false;
  }
  if (newest_ <= head) return false;
  newest_ = head;
  received_ = std::min(received_, head);
  upto_ = std::min(upto_, head);
  safe_ = std::min(safe_, head);
  outstanding_.clear();
  return true;
}

void Intake::arrived(std::vector<Arrived> entries, Seq upto, bool digest) {
  bool fresh = false;
  for (Arrived& each : entries) {
    const Seq seq = each.entry.seq;
    const std::size_t bytes = each.entry.body.size();
    newest_ = std::max(newest_, seq);
    if (seq <= received_) {
      skip(bytes);
      continue;
    }
    received_ = seq;
    outstanding_.push_back({seq, bytes, session_});
    Waiting& waiting = waiting_.emplace_back();
    waiting.entry.entry = std::move(each.entry);
    waiting.entry.redacted = each.redacted;
    waiting.entry.digest = digest;
    waiting.asked_before = asked_;
    decode(waiting);
    fresh = true;
  }
  if (fresh) waiting_.back().entry.digest_end = digest;
  reached(upto);
}

void Intake::reached(Seq upto) {
  upto_ = std::max(upto_, upto);
  newest_ = std::max(newest_, upto);
  if (outstanding_.empty()) safe_ = std::max(safe_, upto_);
}

void Intake::skip(std::size_t bytes) {
  ++owed_.entries;
  owed_.bytes += bytes;
}

std::size_t Intake::roster(const v1::Roster& roster) {
  if (roster.number() == 0 || roster.number() > asked_) return 0;  // an answer to nothing we asked
  answered_ = std::max(answered_, roster.number());
  if (roster.number() == asked_) asking_ = false;
  return keyring_.load(roster);
}

// Readers parse leniently: a report of a later version may have fields that this program does not know. Times that are
// none are no version's: no broker accepts them, and nobody could show them.
void Intake::decode(Waiting& waiting) {
  Checked& out = waiting.entry;
  if (out.redacted) return;
  if (out.entry.kind == EntryKind::receipt) {
    const bool whole = waiting.signed_receipt.ParseFromString(out.entry.body) &&
                       out.receipt.ParseFromString(waiting.signed_receipt.receipt());
    if (whole) return;
    out.receipt.Clear();
    out.signature = Check::invalid;
  }
  if (out.entry.kind != EntryKind::report) return;
  const bool whole = waiting.signed_report.ParseFromString(out.entry.body) &&
                     out.report.ParseFromString(waiting.signed_report.report()) && !wire::bad_time(out.report);
  if (whole) return;
  out.report.Clear();
  out.signature = Check::invalid;
}

bool Intake::decide(Waiting& waiting) {
  Checked& out = waiting.entry;
  if (out.redacted || out.signature == Check::invalid) return true;
  if (out.entry.kind == EntryKind::member) {
    v1::MemberChange change;
    out.signature = change.ParseFromString(out.entry.body) ? keyring_.learn(change) : Check::invalid;
  }
  const bool receipt = out.entry.kind == EntryKind::receipt;
  if (out.entry.kind != EntryKind::report && !receipt) return true;
  const Check check = receipt
                          ? keyring_.check(waiting.signed_receipt, out.receipt.organization(), out.entry.recorded_at)
                          : keyring_.check(waiting.signed_report, out.report.organization(), out.entry.recorded_at);
  if (check == Check::unknown_key && answered_ <= waiting.asked_before) {
    must_ask_ = must_ask_ || asked_ <= waiting.asked_before;
    return false;
  }
  out.signature = check;
  return true;
}

std::vector<Checked> Intake::give() {
  std::vector<Checked> out;
  if (answered_ == 0) return out;
  while (!waiting_.empty() && decide(waiting_.front())) {
    out.push_back(std::move(waiting_.front().entry));
    waiting_.pop_front();
  }
  return out;
}

std::optional<v1::Query> Intake::query(Micros now) {
  const bool late = asking_ && now - asked_at_ > kAskAgain;
  if (!must_ask_ && !late) return std::nullopt;
  must_ask_ = false;
  asking_ = true;
  asked_at_ = now;
  v1::Query query;
  query.set_number(++asked_);
  query.mutable_roster();
  return query;
}

void Intake::acknowledge(Seq seq) {
  while (!outstanding_.empty() && outstanding_.front().seq <= seq) {
    const Outstanding& first = outstanding_.front();
    // What an earlier session delivered took nothing from the credit of this one.
    if (first.session == session_) skip(first.bytes);
    safe_ = std::max(safe_, first.seq);
    outstanding_.pop_front();
  }
  if (outstanding_.empty()) safe_ = std::max(safe_, upto_);
}

Intake::Credit Intake::take_credit() {
  Credit credit = std::exchange(owed_, {});
  credit.upto = safe_;
  return credit;
}

}  // namespace noroshi::client
