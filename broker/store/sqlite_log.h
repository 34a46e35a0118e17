// The log in SQLite: WAL, synchronous=FULL (asserted at start), one connection that writes and checkpoints, readers on
// connections of their own. Rotten rows never leave: the leaf hash of every row is recomputed.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/store/log.h"

namespace noroshi::store {

// What to do about a log that is not there, or is an empty file. A broker refuses: to begin again at entry 1 would be to
// forget what it acknowledged.
enum class IfMissing { create, refuse };

// What a log was made with and what its entries may name, as (name, value). The store keeps them and knows no meaning.
using Facts = std::set<std::pair<std::string, std::string>>;

class Mirror;

class SqliteLog : public Log {
 public:
  // Opens or creates (umask 0077) the database and brings its schema up to date. Throws StorageError.
  explicit SqliteLog(const std::filesystem::path& file, IfMissing if_missing = IfMissing::create);
  ~SqliteLog() override;
  void append(std::span<const NewEntry> batch) override;
  // Likewise, entries that were signed before and are put back as they were. What is signed is signed: if the broker once
  // took a report twice, both stay, and find() gives the first.
  void copy(std::span<const NewEntry> batch);
  Seq head() override;
  tlog::Frontier tree() override;
  void rest() override;  // moves the write-ahead log into the database
  // From now on append() returns when the mirror, which stands where the log stands, has the batch as well: see reconcile.h.
  void keep(std::unique_ptr<Mirror> mirror);
  // In place of the facts it had. Same thread as append. Throws StorageError.
  void remember(const Facts& facts);
  // What a restore or rebuild had set aside that was interrupted, and completed when this log was opened.
  const std::vector<std::filesystem::path>& set_aside() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// A read-only connection. Short transactions only, so that the WAL can always reset.
std::unique_ptr<Reader> open_sqlite_reader(const std::filesystem::path& file);
// The database as it is at one moment, whatever is written to it meanwhile, into a new file. Throws StorageError.
void copy_database(const std::filesystem::path& from, const std::filesystem::path& to);
// Whether some program has it open for writing.
bool being_written(const std::filesystem::path& file);
// What remember() was last given; nothing in a log of a version that had no facts. Throws StorageError.
Facts facts_of(const std::filesystem::path& file);

}  // namespace noroshi::store
