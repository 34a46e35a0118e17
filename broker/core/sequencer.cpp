#include "broker/core/sequencer.h"

#include <algorithm>

#include "broker/core/planted.h"
#include "proto/types/limits.h"

namespace noroshi::core {

void Sequencer::restart_after(Seq head, Micros recorded_at) {
  last_ = head;
  last_time_ = recorded_at;
}

PendingPtr Sequencer::admit(Append entry) {
  auto pending = std::make_shared<Pending>();
  pending->body_size = entry.body.size();
  pending->entry = std::move(entry);
  if (const Report* report = pending->report()) {
    by_id_[report->id] = pending;
    load_[pending->entry.lane].entries += 1;
    load_[pending->entry.lane].bytes += pending->body_size;
    const bool urgent = pending->entry.lane == Lane::urgent && !planted(Bug::urgent_waits_for_batched);
    (urgent ? urgent_ : batched_).push_back(pending);
  } else {
    control_.push_back(pending);
  }
  return pending;
}

PendingPtr Sequencer::find(const ReportId& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

std::vector<Append> Sequencer::cut(Micros now) {
  if (!in_flight_.empty()) return {};
  take(control_, limits::kBatchEntries, limits::kBatchBytes);
  take(urgent_, limits::kBatchEntries, limits::kBatchBytes);
  take(batched_, std::min(limits::kBatchEntries, in_flight_.size() + limits::kBatchedPerCommit),
       limits::kBatchedBytesPerCommit);

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

// Takes until the batch holds max_entries; at least one entry, however large, and no further one past max_bytes.
void Sequencer::take(std::deque<PendingPtr>& queue, std::size_t max_entries, std::size_t max_bytes) {
  std::size_t bytes = 0;
  while (!queue.empty() && in_flight_.size() < max_entries) {
    bytes += queue.front()->body_size;
    if (bytes > max_bytes && bytes != queue.front()->body_size) return;
    in_flight_.push_back(std::move(queue.front()));
    queue.pop_front();
  }
}

std::vector<PendingPtr> Sequencer::committed() {
  for (const PendingPtr& pending : in_flight_) {
    if (const Report* report = pending->report()) {
      by_id_.erase(report->id);
      load_[pending->entry.lane].entries -= 1;
      load_[pending->entry.lane].bytes -= pending->body_size;
    }
  }
  return std::exchange(in_flight_, {});
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
