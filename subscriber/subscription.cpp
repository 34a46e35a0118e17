#include "subscriber/subscription.h"

#include <algorithm>
#include <stdexcept>

#include "proto/client/refusal.h"
#include "proto/wire/decode.h"

namespace noroshi::subscriber {

namespace {

wire::SessionWishes session_wishes(Subscription::Wishes wishes) {
  wire::SessionWishes out;
  out.subscribe = true;
  out.topics = std::move(wishes.topics);
  out.statuses = std::move(wishes.statuses);
  out.credit = wishes.credit;
  out.software = std::move(wishes.software);
  out.keeps = std::move(wishes.keeps);
  return out;
}

}  // namespace

Subscription::Subscription(const PublicKey& registrar, Wishes wishes, std::function<Bytes(std::size_t)> random,
                           std::optional<PublicKey> log)
    : session_(session_wishes(wishes), std::move(random)),
      intake_(registrar),
      topics_(std::move(wishes.topics)),
      log_(log) {}

void Subscription::start_after(Seq cursor) {
  session_.start_at(cursor);
  intake_.start_after(cursor);
}

void Subscription::resume_after(Seq cursor) {
  session_.start_at(cursor);
  intake_.resume_after(cursor);
}

void Subscription::start_now() {
  session_.start_now();
  intake_.start_now();
}

Subscription::Output Subscription::connect(Micros now) {
  broken_ = false;
  return absorb(session_.connect(now), now);
}

Subscription::Output Subscription::reconnected(Micros now) {
  if (broken_) return {};
  return absorb(session_.reconnected(now), now);
}

Subscription::Output Subscription::on_frame(std::string_view frame, Micros now) {
  if (broken_) return {};
  return absorb(session_.on_frame(frame, now), now);
}

Subscription::Output Subscription::on_tick(Micros now) {
  if (broken_) return {};
  return absorb(session_.on_tick(now), now);
}

std::vector<Bytes> Subscription::acknowledge(Seq seq) {
  intake_.acknowledge(seq);
  std::vector<Bytes> send;
  settle(send);
  return send;
}

Subscription::Output Subscription::absorb(wire::ClientSession::Output in, Micros now) {
  Output out;
  out.send = std::move(in.send);
  out.lost = in.lost;
  if (in.refused) refuse(*in.refused, out);
  for (const v1::BrokerMessage& message : in.received)
    if (!broken_) take(message, now, out);
  out.deliveries = intake_.give();
  if (live())
    if (const auto query = intake_.query(now)) out.send.push_back(session_.query(*query));
  settle(out.send);
  return out;
}

void Subscription::take(const v1::BrokerMessage& message, Micros now, Output& out) {
  if (message.has_welcome()) {
    out.welcomed = true;
    tally_ = {};
    horizon_ = Seq{message.welcome().head()};
    out.log_shortened = intake_.welcomed(Seq{message.welcome().cursor()}, Seq{message.welcome().head()});
    out.checkpoint = message.welcome().checkpoint();
    heard_posture(message.welcome().posture(), out);
  } else if (message.has_deliver()) {
    if (take(message.deliver())) return;
    // What comes after must not move the cursor past the damage: this session is over.
    broken_ = out.lost = out.damaged = true;
  } else if (message.has_heartbeat()) {
    intake_.reached(Seq{message.heartbeat().upto()});
    horizon_ = Seq{message.heartbeat().horizon()};
    clocks_ = Clocks{Micros{message.heartbeat().clock_us()}, now};
    if (message.heartbeat().has_completeness()) check(message.heartbeat().completeness(), out);
    out.checkpoint = message.heartbeat().checkpoint();
    heard_posture(message.heartbeat().posture(), out);
  } else if (message.has_roster()) {
    out.unsigned_members += intake_.roster(message.roster());
  } else if (message.has_reminder()) {
    out.reminders.push_back(message.reminder());
  } else if (message.has_receipt_accepted() || message.has_rejected() || message.has_proof()) {
    out.answers.push_back(message);
  }
}

bool Subscription::take(const v1::Deliver& deliver) {
  const auto entries = wire::unpack(deliver);
  if (!entries) return false;
  std::vector<client::Arrived> reports;
  std::size_t of_no_use = 0;
  try {
    for (const v1::LogEntry& each : *entries) {
      Entry entry = wire::from_wire(each);
      // Nothing but whole reports is delivered on a lane.
      tally_.add(entry);
      if (entry.kind == EntryKind::report && each.leaf_hash().empty())
        reports.push_back({std::move(entry), false});
      else
        ++of_no_use;
    }
  } catch (const std::runtime_error&) {
    return false;
  }
  for (; of_no_use > 0; --of_no_use) intake_.skip(0);
  intake_.arrived(std::move(reports), Seq{deliver.upto()}, deliver.digest());
  return true;
}

// The broker counted what it handed over, we count what came: the two must be one.
void Subscription::check(const v1::SignedCompleteness& word, Output& out) {
  if (!log_) return;
  const auto said = tlog::open_completeness(*log_, word);
  if (!said)
    out.incomplete = "its signature does not hold";
  else if (said->count() != tally_.count())
    out.incomplete = std::to_string(said->count()) + " sent, " + std::to_string(tally_.count()) + " came";
  else if (said->chain() != tlog::octets(tally_.chain()))
    out.incomplete = "what was sent is not what came";
  else if (!std::equal(topics_.begin(), topics_.end(), said->topics().begin(), said->topics().end()))
    out.incomplete = "it speaks of other topics";
  else if (said->after() != session_.welcome().cursor() || intake_.received() < Seq{said->upto()})
    out.incomplete = "it speaks of another part of the log";
  if (out.incomplete)
    broken_ = out.lost = true;
  else
    out.complete = word;
}

void Subscription::refuse(Reason reason, Output& out) {
  if (client::final_refusal(reason)) {
    out.refused = reason;
    return;
  }
  out.complaint = reason;
  // A Hello that was refused ends the session's attempts; one that may be accepted later is worth another.
  if (session_.state() == wire::ClientSession::State::refused) broken_ = out.lost = true;
}

void Subscription::heard_posture(const std::string& posture, Output& out) {
  if (posture == posture_ || posture.empty()) return;
  posture_ = posture;
  out.posture = posture;
}

// Credit goes back and the cursor forward; without a session only the cursor, for the next Hello.
void Subscription::settle(std::vector<Bytes>& send) {
  if (!live()) {
    session_.acknowledge(intake_.safe(), 0, 0);
    return;
  }
  const client::Intake::Credit credit = intake_.take_credit();
  if (auto frame = session_.acknowledge(credit.upto, credit.entries, credit.bytes)) send.push_back(std::move(*frame));
}

}  // namespace noroshi::subscriber
