// The log in memory: for tests and the simulator. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "broker/store/log.h"

namespace noroshi::store {

class MemoryLog : public Log, public Reader {
 public:
  void append(std::span<const NewEntry> batch) override;
  Seq head() override;
  ReadResult read(Seq from, const Filter& filter, Limit limit) override;
  std::optional<Entry> find(const ReportId& id) override;
  ReportId newest_report() override;
  std::vector<Entry> columns(Seq from, std::size_t most) override;
  Seq seek(Micros at) override;
  std::optional<Entry> last(EntryKind kind) override;
  tlog::Frontier tree() override;
  std::optional<Hash> tree_hash(tlog::Node node) override;
  std::string name() const override { return "memory"; }

  // Test doubles damage what is stored here.
  std::vector<Entry>& stored() { return entries_; }

 private:
  std::mutex mutex_;
  std::vector<Entry> entries_;
  std::map<ReportId, Seq> reports_;
  tlog::Frontier tree_;
  std::map<tlog::Node, Hash> nodes_;
};

}  // namespace noroshi::store
