#include "broker/store/memory_log.h"

#include <algorithm>

#include "broker/store/log_rules.h"
#include "proto/tlog/entry_leaf.h"

namespace noroshi::store {

void MemoryLog::append(std::span<const NewEntry> batch) {
  const std::lock_guard lock(mutex_);
  const Micros last_recorded = entries_.empty() ? Micros{} : entries_.back().recorded_at;
  check_batch(batch, Seq{entries_.size()}, last_recorded, [&](const ReportId& id) { return reports_.contains(id); });
  for (const auto& [entry, report] : batch) {
    entries_.push_back(entry);
    if (entry.kind == EntryKind::report) reports_.emplace(report, entry.seq);
    for (const auto& [node, hash] : tree_.append(tlog::leaf_hash(entry))) nodes_.emplace(node, hash);
  }
}

Seq MemoryLog::head() {
  const std::lock_guard lock(mutex_);
  return Seq{entries_.size()};
}

ReadResult MemoryLog::read(Seq from, const Filter& filter, Limit limit) {
  const std::lock_guard lock(mutex_);
  ReadResult result{{}, previous(from)};
  ByteBudget budget(limit.bytes);
  std::size_t rows = 0;
  // The same count as in the database: rows of kinds that an index skips over are not scanned.
  const bool skips = without_reports(filter);
  for (std::uint64_t i = result.upto.value; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const bool match = wanted(filter, entry.kind, entry.lane);
    if (!skips || match) {
      if (rows == limit.rows) return result;
      ++rows;
    }
    if (match) {
      check_leaf(name(), entry);
      if (!budget.take(entry.body.size())) return result;
      result.entries.push_back(entry);
    }
    result.upto = entry.seq;
  }
  return result;
}

std::optional<Entry> MemoryLog::find(const ReportId& id) {
  const std::lock_guard lock(mutex_);
  const auto found = reports_.find(id);
  if (found == reports_.end()) return std::nullopt;
  const Entry& entry = entries_.at(found->second.value - 1);
  check_leaf(name(), entry);
  return entry;
}

ReportId MemoryLog::newest_report() {
  const std::lock_guard lock(mutex_);
  return reports_.empty() ? ReportId{} : reports_.rbegin()->first;
}

std::vector<Entry> MemoryLog::columns(Seq from, std::size_t most) {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> out;
  for (std::size_t i = previous(from).value; i < entries_.size() && out.size() < most; ++i) {
    out.push_back(entries_[i]);
    out.back().body.clear();
  }
  return out;
}

Seq MemoryLog::seek(Micros at) {
  const std::lock_guard lock(mutex_);
  const auto first =
      std::partition_point(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.recorded_at < at; });
  return Seq{static_cast<std::uint64_t>(first - entries_.begin()) + 1};
}

std::optional<Entry> MemoryLog::last(EntryKind kind) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [&](const Entry& e) { return e.kind == kind; });
  if (found == entries_.rend()) return std::nullopt;
  check_leaf(name(), *found);
  return *found;
}

tlog::Frontier MemoryLog::tree() {
  const std::lock_guard lock(mutex_);
  return tree_;
}

std::optional<Hash> MemoryLog::tree_hash(tlog::Node node) {
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace noroshi::store
