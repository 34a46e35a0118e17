// The log: one totally ordered, append-only sequence of entries. Two implementations (SQLite, memory), one contract test.
// No SQLite notion in here: a replicated engine will stand behind it later.
#pragma once

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "proto/tlog/tree.h"
#include "proto/types/entry.h"

namespace noroshi::store {

// The storage failed (EIO, full disk, damaged row). What is on disk is then indeterminate: the program must stop.
struct StorageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An entry to append; a report carries its id for find().
struct NewEntry {
  Entry entry;
  ReportId report;  // empty for other kinds
};

struct Filter {
  std::vector<EntryKind> kinds;  // empty = all
  std::optional<Lane> lane;      // of reports; nullopt = both
};

struct Limit {
  std::size_t rows = 1000;       // rows scanned
  std::size_t bytes = 2u << 20;  // bodies returned; at least one entry is always returned if one matches
};

struct ReadResult {
  std::vector<Entry> entries;  // ascending, every leaf verified against the stored bytes
  Seq upto{};                  // everything up to here has been looked at; from-1 if from is after the head
};

// One writer: append() is called by one thread at a time.
class Log {
 public:
  virtual ~Log() = default;
  // Appends all or nothing, durable when it returns. Precondition: consecutive sequences from head()+1, recorded_at not
  // decreasing, `leaf` right; a report id not yet in the log. A broken precondition is a bug: throws std::logic_error
  // before anything is written. Throws StorageError.
  virtual void append(std::span<const NewEntry> batch) = 0;
  virtual Seq head() = 0;
  // Over the entries that append() has made durable. Same thread as append.
  virtual tlog::Frontier tree() = 0;
  // Nothing has been appended for a moment: time for housekeeping that would make an append wait. Same thread as append.
  virtual void rest() {}
};

// A view for reading; each object has one owner thread. Sees everything whose append() returned before the call.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual ReadResult read(Seq from, const Filter& filter, Limit limit) = 0;
  virtual Seq head() = 0;
  virtual std::optional<Entry> find(const ReportId& id) = 0;
  // The largest report id in the log; empty if there is none. Ids are compared as text.
  virtual ReportId newest_report() = 0;
  // Without their bodies: consecutive entries from `from` on, at most so many.
  virtual std::vector<Entry> columns(Seq from, std::size_t most) = 0;
  // The first sequence recorded at or after `at`; next(head()) if there is none.
  virtual Seq seek(Micros at) = 0;
  // The last entry of a kind, without scanning the log.
  virtual std::optional<Entry> last(EntryKind kind) = 0;
  // A complete subtree of the log's tree (RFC 6962: docs/log-format.md); nullopt: there are not that many entries yet.
  virtual std::optional<Hash> tree_hash(tlog::Node node) = 0;
  virtual std::string name() const = 0;  // for messages: its file
};

}  // namespace noroshi::store
