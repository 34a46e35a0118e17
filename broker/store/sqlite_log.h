// The log in SQLite: WAL, synchronous=FULL (asserted at start), one connection that writes and checkpoints, readers on
// connections of their own. Rotten rows never leave: the leaf hash of every row is recomputed.
#pragma once

#include <filesystem>
#include <memory>

#include "broker/store/log.h"

namespace noroshi::store {

// What to do about a log that is not there, or is an empty file. A broker refuses: to begin again at entry 1 would be to
// forget what it acknowledged.
enum class IfMissing { create, refuse };

class SqliteLog : public Log {
 public:
  // Opens or creates (umask 0077) the database and brings its schema up to date. Throws StorageError.
  explicit SqliteLog(const std::filesystem::path& file, IfMissing if_missing = IfMissing::create);
  ~SqliteLog() override;
  void append(std::span<const NewEntry> batch) override;
  Seq head() override;
  void rest() override;  // moves the write-ahead log into the database

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// A read-only connection. Short transactions only, so that the WAL can always reset.
std::unique_ptr<Reader> open_sqlite_reader(const std::filesystem::path& file);

}  // namespace noroshi::store
