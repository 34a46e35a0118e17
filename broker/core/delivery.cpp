// How entries reach sessions: one way for live delivery, catch-up, digests, replay and the open feed, at different
// cursors.
#include <algorithm>

#include "broker/core/broker.h"
#include "broker/core/planted.h"
#include "proto/types/topic.h"

namespace noroshi::core {

namespace {

// A RED report goes in no digest: it travels by itself.
bool travels_alone(const Session& session, const Released& entry) {
  const Report* report = entry.record()->report();
  return session.peer.door == Door::batched && report && report->label() == Tlp::red;
}

std::optional<Lane> lane_of_door(Door door) {
  if (door == Door::urgent) return Lane::urgent;
  if (door == Door::batched) return Lane::batched;
  return std::nullopt;
}

bool full(std::size_t entries, std::size_t bytes, Door door) {
  const bool digest = door == Door::batched;
  return bytes >= (digest ? limits::kDigestBytes : limits::kDeliverBytes) ||
         (digest && entries >= limits::kDigestEntries);
}

}  // namespace

void Broker::pump_all() {
  for (Session& feed : feeds_) pump(feed);
  for (auto& [id, session] : sessions_) pump_in_turn(session);
}

void Broker::pump_in_turn(Session& session) {
  if (session.peer.door == Door::urgent) return pump(session);
  if (session.awaits_its_access()) return;
  if (session.replay && caught_up(session)) return finish_replay(session);
  if (session.queued || caught_up(session) || !session.may_be_sent() || session.read != 0) return;
  session.queued = true;
  waiting_.push_back(session.peer.id);
}

// Credit and bytes; for all but urgent sessions also what one step may hand over in all. A message that is begun is
// finished: a digest stays in one piece.
bool Broker::may_go_on(const Session& session, std::size_t in_hand) const {
  if (!session.may_be_sent(in_hand)) return false;
  const bool bounded = !session.feed && session.peer.door != Door::urgent;
  return !bounded || in_hand > 0 || handed_over_ < limits::kPumpBytesPerTurn;
}

void Broker::on(const Continue&) {
  while (!waiting_.empty() && handed_over_ < limits::kPumpBytesPerTurn) {
    const auto it = sessions_.find(waiting_.front());
    waiting_.pop_front();
    if (it == sessions_.end()) continue;
    it->second.queued = false;
    pump(it->second);
  }
}

// A session whose member or key is no longer good ends with the next Tick; until then it stands still.
bool Broker::may_read(const Session& session) const {
  return session.feed || (!session.awaits_its_access() && active_member(session.peer.key));
}

Seq Broker::horizon(const Session& session) const {
  if (session.replay) return session.replay->to;
  if (session.feed) return *session.feed == Lane::urgent ? head() : digests_.upto();
  if (!session.subscribes) return session.cursor;
  return session.peer.door == Door::batched ? digests_.upto() : head();
}

void Broker::pump(Session& session) {
  if (!may_read(session)) return;
  while (may_go_on(session, 0) && session.read == 0 && !caught_up(session)) {
    const Seq from = next(session.cursor);
    if (tail_.covers(from))
      offer(session, tail_.slice(from, horizon(session)), horizon(session));
    else
      ask_for_more(session, from);
  }
  if (session.replay && caught_up(session)) finish_replay(session);
  if (!session.feed && session.peer.door != Door::urgent) pump_in_turn(session);  // what this step had no room for
}

void Broker::ask_for_more(Session& session, Seq from) {
  ReadRequest request;
  request.peer = session.peer.id;
  request.door = session.peer.door;
  request.read = session.read = ++reads_;
  request.from = from;
  request.kinds = session.replay ? session.replay->kinds : std::vector{EntryKind::report};
  if (!session.replay) request.lane = session.feed ? session.feed : lane_of_door(session.peer.door);
  out_.read.push_back(std::move(request));
}

void Broker::on(const ReadDone& done) {
  Session* session = nullptr;
  if (const auto it = sessions_.find(done.peer); it != sessions_.end()) session = &it->second;
  for (Session& feed : feeds_)
    if (feed.peer.id == done.peer) session = &feed;
  if (!session || session->read != done.read) return;
  session->read = 0;
  offer(*session, done.records, std::min(done.upto, horizon(*session)));
  pump(*session);
}

void Broker::offer(Session& session, const std::vector<RecordPtr>& records, Seq upto) {
  if (!may_read(session)) return;
  const Member* member = session.feed ? nullptr : active_member(session.peer.key);
  static const Member nobody;
  Parcel parcel;
  for (const RecordPtr& record : records) {
    if (record->entry.seq > upto) break;
    if (auto entry = release(session, member ? *member : nobody, record)) {
      const bool alone = travels_alone(session, *entry);
      if (alone || full(parcel.entries.size(), parcel.bytes, session.peer.door)) hand_over(session, parcel, false);
      if (!may_go_on(session, parcel.bytes)) {
        if (planted(Bug::cursor_runs_ahead)) session.cursor = upto;
        return hand_over(session, parcel, false);
      }
      parcel.bytes += record->entry.body.size() + limits::kEntryOverhead;
      parcel.entries.push_back(*entry);
      if (!session.feed) --session.credit;
      session.cursor = record->entry.seq;
      if (alone) hand_over(session, parcel, true);
    }
    session.cursor = record->entry.seq;
  }
  session.cursor = std::max(session.cursor, upto);
  hand_over(session, parcel, false);
}

std::optional<Released> Broker::release(const Session& session, const Member& member, const RecordPtr& record) const {
  const Report* report = record->report();
  if (session.feed) return record->entry.lane == *session.feed ? release_to_public(record) : std::nullopt;
  if (!session.replay) {
    if (!report || lane_of_door(session.peer.door) != record->entry.lane || !session.asked.wants(*report))
      return std::nullopt;
    return release_to(member, record, now_);
  }
  const auto& kinds = session.replay->kinds;
  if (std::find(kinds.begin(), kinds.end(), record->entry.kind) == kinds.end()) return std::nullopt;
  if (report && !session.asked.wants(*report)) return std::nullopt;
  if (!member.audit_clearance) return release_to(member, record, now_);
  const auto about = record->reports_spoken_of();
  auto entry = about.empty() ? release_to_auditor(member, record, now_)
                             : release_talk_to_auditor(member, record, open_reports(about), now_);
  // A redacted leaf in a filtered replay would tell what the filter matched.
  if (entry && entry->redacted() && !session.replay->unfiltered) return std::nullopt;
  return entry;
}

std::vector<const Report*> Broker::open_reports(const std::vector<ReportId>& ids) const {
  std::vector<const Report*> reports;
  for (const ReportId& id : ids) {
    const Confirmations::Open* open = confirmations_.find(id);
    reports.push_back(open ? &open->report : nullptr);
  }
  return reports;
}

void Broker::hand_over(Session& session, Parcel& parcel, bool alone) {
  if (parcel.entries.empty()) return;
  auto [entries, bytes] = std::exchange(parcel, {});
  if (session.feed) {
    for (Released& entry : entries) {
      const Report& report = *entry.record()->report();
      out_.feed.push_back({*session.feed, topic_of(*report.status, report.item, report.source), std::move(entry)});
    }
    return;
  }
  if (session.peer.door != Door::urgent) handed_over_ += bytes;
  session.sent(session.cursor, bytes);
  if (session.replay) {
    out_.send.push_back({session.peer.id, ReplayChunk{std::move(entries), session.cursor}});
    return;
  }
  const bool batched = session.peer.door == Door::batched;
  stats_.delivered[batched ? Lane::batched : Lane::urgent] += entries.size();
  out_.send.push_back({session.peer.id, Deliver{std::move(entries), session.cursor, batched && !alone}});
}

// --- replay ---

void Broker::on(const Replay& replay) {
  if (replay.peer.door != Door::archive) return refuse(replay.peer, Reason::unexpected_message);
  Session* session = session_of(replay.peer);
  if (!session) return;
  const Member& member = *active_member(replay.peer.key);
  std::vector<EntryKind> kinds = replay.kinds;
  if (kinds.empty()) kinds = {EntryKind::report};
  const bool reports_only = kinds == std::vector{EntryKind::report};
  if (!member.audit_clearance && (!member.subscribe || !reports_only))
    return refuse(replay.peer, Reason::not_permitted);
  if (replay.topics.size() > limits::kHelloTopics || kinds.size() > kEntryKinds.size() ||
      replay.statuses.size() > kStatuses.size())
    return refuse(replay.peer, Reason::too_large);
  std::size_t topic_bytes = 0;
  for (const std::string& topic : replay.topics) topic_bytes += topic.size();
  if (topic_bytes > limits::kReplayTopicBytes) return refuse(replay.peer, Reason::too_large);
  if (member.audit_clearance && shutting_down_) return refuse(replay.peer, Reason::shutting_down);
  if (member.audit_clearance && lane_is_full(Lane::batched)) return refuse(replay.peer, Reason::rate_limited);

  const bool every_topic = replay.topics.empty() || replay.topics == std::vector<std::string>{"*"};
  session->asked.topics = every_topic ? std::vector<std::string>{"*"} : replay.topics;
  session->asked.statuses = {replay.statuses.begin(), replay.statuses.end()};
  if (replay.statuses.empty()) session->asked.statuses = {Status::actual, Status::exercise, Status::test};
  session->credit = std::min(replay.credit, limits::kMaxCredit);
  session->cursor = previous(replay.from);
  session->read = 0;  // an answer that is still on its way belongs to an earlier replay
  session->abandon();
  // A time before the first entry leaves none, and is not "to the head".
  const bool open_ended = replay.to == Seq{} && replay.to_time == Micros{};
  const Seq to = open_ended ? head() : std::min(replay.to, head());
  session->replay = Session::ReplayJob{to, kinds, every_topic && replay.statuses.empty(), 0};
  if (member.audit_clearance) note_access(replay, *session);
  pump_in_turn(*session);
}

void Broker::note_access(const Replay& replay, Session& session) {
  Access access{session.organization,
                replay.purpose,
                replay.from,
                session.replay->to,
                replay.from_time,
                replay.to_time,
                replay.topics,
                {},
                {}};
  access.statuses = {replay.statuses.begin(), replay.statuses.end()};
  access.kinds = {session.replay->kinds.begin(), session.replay->kinds.end()};
  Append entry;
  entry.kind = EntryKind::access;
  entry.lane = Lane::urgent;  // as every entry that is no report; it queues with the batched lane's
  entry.content = std::move(access);
  sequencer_.admit(std::move(entry))->waiters.push_back({session.peer.id, ++accesses_, false});
  if (!planted(Bug::audit_before_recorded)) session.replay->access = accesses_;
}

// Whoever has asked for another replay since, or has gone, waits for another entry or for none.
void Broker::access_is_noted(const Waiter& waiter) {
  const auto session = sessions_.find(waiter.peer);
  if (session == sessions_.end() || !session->second.replay || session->second.replay->access != waiter.number) return;
  session->second.replay->access = 0;
  pump_in_turn(session->second);
}

void Broker::finish_replay(Session& session) {
  out_.send.push_back({session.peer.id, ReplayEnd{session.replay->to}});
  session.replay.reset();
  session.subscribes = false;
}

}  // namespace noroshi::core
