#include "broker/core/sequencer.h"

#include <algorithm>

#include "broker/core/planted.h"
#include "proto/types/limits.h"

namespace noroshi::core {

namespace {

// A storm of receipts follows an urgent report: it must not be in the way of the next one. Nor may an auditor be, or notes
// on deadlines.
Lane queue_of(const Pending& pending) {
  return pending.receipt() || pending.access() || pending.overdue() ? Lane::batched : pending.entry.lane;
}

}  // namespace

std::string Pending::author() const {
  if (report()) return report()->organization;
  if (receipt()) return receipt()->organization;
  return access() ? access()->organization : "";
}

void Sequencer::restart_after(Seq head, Micros recorded_at) {
  last_ = head;
  last_time_ = recorded_at;
}

PendingPtr Sequencer::admit(Append entry) {
  auto pending = std::make_shared<Pending>();
  pending->body_size = entry.body.size();
  pending->entry = std::move(entry);
  const Report* report = pending->report();
  if (pending->author().empty() && !pending->overdue()) {
    control_.push_back(pending);
    return pending;
  }
  load_[queue_of(*pending)].entries += 1;
  load_[queue_of(*pending)].bytes += pending->body_size;
  if (report) by_id_[report->id] = pending;
  if (report && report->relates_to && by_id_.contains(report->relates_to->report))
    held_[report->relates_to->report].push_back(pending);
  else
    enqueue(pending);
  return pending;
}

void Sequencer::enqueue(PendingPtr pending) {
  const bool urgent = queue_of(*pending) == Lane::urgent && !planted(Bug::urgent_waits_for_batched);
  (urgent ? urgent_ : batched_).push_back(std::move(pending));
}

PendingPtr Sequencer::find(const ReportId& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

bool Sequencer::key_is_spoken_for(const Member& member) const {
  const auto takes_one = [&](const PendingPtr& pending) {
    const auto* other = std::get_if<Member>(&pending->entry.content);
    if (!other || other->organization == member.organization) return false;
    return std::find_first_of(other->transport_keys.begin(), other->transport_keys.end(), member.transport_keys.begin(),
                              member.transport_keys.end()) != other->transport_keys.end();
  };
  return std::any_of(control_.begin(), control_.end(), takes_one) ||
         std::any_of(in_flight_.begin(), in_flight_.end(), takes_one);
}

std::vector<PendingPtr> Sequencer::drop_entries_of(const std::string& organization) {
  std::vector<PendingPtr> dropped;
  const auto take_from = [&](auto& queue) {
    const auto gone = std::stable_partition(
        queue.begin(), queue.end(), [&](const PendingPtr& pending) { return pending->author() != organization; });
    dropped.insert(dropped.end(), gone, queue.end());
    queue.erase(gone, queue.end());
  };
  take_from(urgent_);
  take_from(batched_);
  for (auto& [id, held] : held_) take_from(held);
  for (std::size_t i = 0; i < dropped.size(); ++i) {  // grows: what was held for one that never comes
    forget(*dropped[i]);
    if (const Report* report = dropped[i]->report())
      for (PendingPtr& held : take_held_for(report->id)) dropped.push_back(std::move(held));
  }
  return dropped;
}

std::vector<PendingPtr> Sequencer::take_held_for(const ReportId& id) {
  const auto held = held_.extract(id);
  return held.empty() ? std::vector<PendingPtr>{} : std::move(held.mapped());
}

std::vector<Append> Sequencer::cut(Micros now) {
  if (!in_flight_.empty()) return {};
  take(control_, limits::kBatchEntries, limits::kBatchBytes);
  if (in_flight_.empty()) {
    take(urgent_, limits::kBatchEntries, limits::kBatchBytes);
    const std::size_t share = in_flight_.empty() ? limits::kBatchedPerCommit : limits::kBatchedBesideUrgent;
    take(batched_, std::min(limits::kBatchEntries, in_flight_.size() + share), limits::kBatchedBytesPerCommit);
  }

  last_time_ = std::max(last_time_, now);
  std::vector<Append> batch;
  batch.reserve(in_flight_.size());
  for (const PendingPtr& pending : in_flight_) {
    last_ = next(last_);
    pending->entry.seq = last_;
    pending->entry.recorded_at = last_time_;
    Bytes body = std::move(pending->entry.body);
    pending->entry.body.clear();
    batch.push_back(pending->entry);
    batch.back().body = std::move(body);
  }
  return batch;
}

// Takes until the batch holds max_entries, max_bytes of this queue or kBatchBytes in all; the first of a queue may exceed
// its own budget, the first of a batch any.
void Sequencer::take(std::deque<PendingPtr>& queue, std::size_t max_entries, std::size_t max_bytes) {
  std::size_t taken = 0;
  while (!queue.empty() && in_flight_.size() < max_entries) {
    const std::size_t size = queue.front()->body_size;
    if (taken > 0 && taken + size > max_bytes) return;
    if (!in_flight_.empty() && in_flight_bytes_ + size > limits::kBatchBytes) return;
    taken += size;
    in_flight_bytes_ += size;
    in_flight_.push_back(std::move(queue.front()));
    queue.pop_front();
  }
}

std::vector<PendingPtr> Sequencer::committed() {
  for (const PendingPtr& pending : in_flight_) {
    forget(*pending);
    if (const Report* report = pending->report())
      for (PendingPtr& held : take_held_for(report->id)) enqueue(std::move(held));
  }
  in_flight_bytes_ = 0;
  return std::exchange(in_flight_, {});
}

void Sequencer::forget(const Pending& pending) {
  if (const Report* report = pending.report()) by_id_.erase(report->id);
  if (pending.author().empty()) return;  // never counted
  load_[queue_of(pending)].entries -= 1;
  load_[queue_of(pending)].bytes -= pending.body_size;
}

std::size_t Sequencer::backlog(Lane lane) const {
  const auto it = load_.find(lane);
  return it == load_.end() ? 0 : it->second.entries;
}

std::size_t Sequencer::backlog_bytes(Lane lane) const {
  const auto it = load_.find(lane);
  return it == load_.end() ? 0 : it->second.bytes;
}

}  // namespace noroshi::core
