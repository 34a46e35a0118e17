#include "auditor/replay_session.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "proto/client/refusal.h"
#include "proto/wire/decode.h"

namespace noroshi::auditor {

namespace {

wire::SessionWishes wishes(std::string software, std::uint32_t credit) {
  wire::SessionWishes out;
  out.subscribe = false;
  out.credit = credit;
  out.software = std::move(software);
  return out;
}

}  // namespace

ReplayOrder everything(v1::Replay::Purpose purpose) {
  ReplayOrder order;
  for (const auto& [kind, name] : kEntryKinds) order.kinds.push_back(wire::to_wire(kind));
  order.purpose = purpose;
  return order;
}

ReplaySession::ReplaySession(const PublicKey& registrar, ReplayOrder order, std::string software,
                             std::function<Bytes(std::size_t)> random, std::uint32_t credit)
    : credit_(credit),
      order_(std::move(order)),
      session_(wishes(std::move(software), credit), std::move(random)),
      intake_(registrar) {
  intake_.start_after(previous(order_.from));
}

ReplaySession::Output ReplaySession::connect(Micros now) {
  broken_ = false;
  asked_ = false;
  return absorb(session_.connect(now), now);
}

ReplaySession::Output ReplaySession::on_frame(std::string_view frame, Micros now) {
  if (broken_) return {};
  return absorb(session_.on_frame(frame, now), now);
}

ReplaySession::Output ReplaySession::on_tick(Micros now) {
  if (broken_) return {};
  return absorb(session_.on_tick(now), now);
}

std::vector<Bytes> ReplaySession::acknowledge(Seq seq) {
  intake_.acknowledge(seq);
  std::vector<Bytes> send;
  settle(send);
  return send;
}

ReplaySession::Output ReplaySession::absorb(wire::ClientSession::Output in, Micros now) {
  Output out;
  out.send = std::move(in.send);
  out.lost = in.lost;
  const Seq before = intake_.received();
  if (in.refused) refuse(*in.refused, out);
  for (const v1::BrokerMessage& message : in.received)
    if (!broken_) take(message, out);
  out.entries = intake_.give();
  if (end_heard_ && intake_.idle()) out.ended = !std::exchange(ended_, true);
  out.progress = out.ended || !out.entries.empty() || before < intake_.received();
  if (live()) {
    if (const auto query = intake_.query(now)) out.send.push_back(session_.query(*query));
    if (!std::exchange(asked_, true) && !end_heard_) out.send.push_back(session_.replay(request()));
  }
  settle(out.send);
  return out;
}

void ReplaySession::take(const v1::BrokerMessage& message, Output& out) {
  if (message.has_welcome()) {
    welcomed(message.welcome(), out);
  } else if (message.has_replay_chunk()) {
    if (!take(message.replay_chunk())) broken_ = out.damaged = true;
  } else if (message.has_replay_end()) {
    if (asked_) end_heard_ = true;
    intake_.reached(Seq{message.replay_end().upto()});
  } else if (message.has_heartbeat()) {
    // How far the broker has looked: a filter may match nothing for a long while.
    intake_.reached(Seq{message.heartbeat().upto()});
  } else if (message.has_roster()) {
    out.unsigned_members += intake_.roster(message.roster());
  }
}

void ReplaySession::welcomed(const v1::Welcome& welcome, Output& out) {
  asked_ = false;
  head_ = Seq{welcome.head()};
  out.log_shortened = intake_.welcomed(Seq{welcome.cursor()}, Seq{welcome.head()});
  // The head at the time of asking: the same after a lost link, or a busy log would never be replayed to its end.
  if (order_.to == Seq{} && order_.to_time == Micros{}) order_.to = Seq{welcome.head()};
}

bool ReplaySession::take(const v1::ReplayChunk& chunk) {
  std::vector<client::Arrived> entries;
  std::vector<std::size_t> of_no_use;
  try {
    for (const v1::LogEntry& each : chunk.entries().entries()) {
      Entry entry = wire::from_wire(each);
      if (in_time(entry))
        entries.push_back({std::move(entry), !each.leaf_hash().empty()});
      else
        of_no_use.push_back(entry.body.size());
    }
  } catch (const std::runtime_error&) {
    return false;
  }
  for (const std::size_t bytes : of_no_use) intake_.skip(bytes);
  intake_.arrived(std::move(entries), Seq{chunk.upto()}, false);
  return true;
}

void ReplaySession::refuse(Reason reason, Output& out) {
  // Whatever is refused here is the Hello or the Replay itself; without them there is nothing left to do.
  if (!client::passes(reason)) {
    out.refused = reason;
    return;
  }
  out.complaint = reason;
  broken_ = out.lost = true;
}

v1::Replay ReplaySession::request() const {
  v1::Replay replay;
  const Seq reached = intake_.received();
  if (reached == Seq{} && order_.from_time != Micros{})
    replay.set_from_time_us(order_.from_time.value);
  else
    replay.set_from(next(reached).value);
  replay.set_to(order_.to.value);
  if (order_.to == Seq{}) replay.set_to_time_us(order_.to_time.value);
  for (const std::string& topic : order_.topics) replay.add_topics(topic);
  for (const auto status : order_.statuses) replay.add_statuses(status);
  for (const auto kind : order_.kinds) replay.add_kinds(kind);
  replay.set_credit(credit_);
  replay.set_purpose(order_.purpose);
  return replay;
}

// A broker that takes times for no more than a hint may send more than was asked for.
bool ReplaySession::in_time(const Entry& entry) const {
  if (order_.from_time != Micros{} && entry.recorded_at < order_.from_time) return false;
  return order_.to_time == Micros{} || entry.recorded_at <= order_.to_time;
}

void ReplaySession::settle(std::vector<Bytes>& send) {
  if (!live()) return;
  const client::Intake::Credit credit = intake_.take_credit();
  if (auto frame = session_.acknowledge(credit.upto, credit.entries, credit.bytes)) send.push_back(std::move(*frame));
}

}  // namespace noroshi::auditor
