// SQLite with destructors: a connection and a prepared statement. Every error is a StorageError. One owner, one thread.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "broker/store/log_rules.h"

namespace noroshi::store {

class Connection {
 public:
  enum class Mode { read_only, read_write };
  Connection(const std::filesystem::path& file, Mode mode);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void run(const char* sql);
  std::int64_t number(const char* sql);  // the one value that `sql` gives
  std::string text(const char* sql);
  // Sets a pragma and reads it back: one that is silently not taken is an error.
  void pragma(const std::string& name, std::int64_t value);
  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  sqlite3* handle() { return db_; }
  const std::string& file() const { return file_; }
  [[noreturn]] void fail(std::string_view doing) const;
  [[noreturn]] void damaged(Seq seq, Text what) const { store::damaged(file_, seq, what); }

 private:
  std::string file_;
  sqlite3* db_ = nullptr;
};

class Statement {
 public:
  Statement(Connection& connection, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int index, std::int64_t value);
  // Not copied: the octets must outlive the next step().
  Statement& bind(int index, std::span<const std::uint8_t> octets);
  Statement& bind(int index, std::string_view octets);
  bool step();    // true: a row
  void finish();  // step() that must give no row, then reset
  void reset();

  std::int64_t number(int column) { return sqlite3_column_int64(statement_, column); }
  bool null(int column) { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  const std::string& file() const { return connection_.file(); }
  [[noreturn]] void damaged(Seq seq, Text what) const { connection_.damaged(seq, what); }
  std::string_view octets(int column);  // valid until the next step() or reset()

 private:
  Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
};

// Resets a statement in every way out, so that no read transaction outlives its use.
class Use {
 public:
  explicit Use(Statement& statement) : statement_(statement) {}
  ~Use() { statement_.reset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  Statement* operator->() { return &statement_; }

 private:
  Statement& statement_;
};

// One snapshot for all queries while it lives; ends in every way out, so that the WAL can reset. Also sparing: a query by
// itself takes and drops the file's locks.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection) : connection_(connection) { begin(); }
  ~Snapshot() { end(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  void renew() {
    end();
    begin();
  }

 private:
  void begin() { connection_.run("BEGIN"); }
  void end() { sqlite3_exec(connection_.handle(), "COMMIT", nullptr, nullptr, nullptr); }

  Connection& connection_;
};

}  // namespace noroshi::store
