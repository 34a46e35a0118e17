// SQLite with destructors, as far as an inbox needs it. Every error is a cli::Failure that names the file and what to do.
// One owner, one thread; each thread and each process opens its own. SQL has sha256(a, b, …) there: over any values, each with
// its type and length, so that no two lists of them are alike.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "proto/cli/cli.h"

namespace noroshi::subscriber {

// When a commit is on the disk: before it returns, or with the next one that is. The second is for what may be said or
// done again: it loses nothing but the most recent word of how far something had come.
enum class Durable { at_once, in_time };

class Database {
 public:
  enum class IfMissing { fail, create };
  Database(const std::filesystem::path& file, Durable durable, IfMissing if_missing = IfMissing::fail);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql);
  std::int64_t number(const std::string& sql);  // the one value that `sql` gives
  std::string text(const std::string& sql);
  int changes() { return sqlite3_changes(db_); }  // rows that the last statement touched
  std::int64_t last_row() { return sqlite3_last_insert_rowid(db_); }
  sqlite3* handle() { return db_; }
  [[noreturn]] void fail(int code, std::string_view doing) const;
  [[noreturn]] void refuse(cli::Text what) const;

 private:
  std::string file_;
  sqlite3* db_ = nullptr;
};

// Bound as a blob: a STRICT table tells it from text.
struct Octets {
  std::string_view bytes;
};
template <class Array>
Octets octets(const Array& array) {
  return {{reinterpret_cast<const char*>(array.data()), array.size()}};
}

// What stands in a column for a name or a number of ours.
template <class Name>
requires std::is_enum_v<Name>
constexpr std::int64_t number_of(Name name) { return static_cast<std::int64_t>(name); }
constexpr std::int64_t number_of(Seq seq) { return static_cast<std::int64_t>(seq.value); }

// A prepared statement: with(a, b, c) binds in order, next() steps to a row, run() to the end.
class Query {
 public:
  Query(Database& database, const char* sql);
  ~Query() { sqlite3_finalize(statement_); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <class... Values>
  Query& with(const Values&... values) {
    sqlite3_reset(statement_);
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }
  bool next();
  void run();

  std::int64_t number(int column) { return sqlite3_column_int64(statement_, column); }
  bool null(int column) { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::string text(int column);  // or octets
  template <class Array>
  Array octets(int column) {  // of this size; what is shorter is filled up with zeros
    Array out{};
    const std::string from = text(column);
    std::copy_n(from.begin(), std::min(from.size(), out.size()), out.begin());
    return out;
  }

 private:
  void bind(int index, std::int64_t value);
  void bind(int index, std::optional<std::int64_t> value);
  void bind(int index, std::string_view text);
  void bind(int index, Octets octets);
  void check(int code);

  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

// Taken for writing at once, undone unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (!done_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    database_.run("COMMIT");
    done_ = true;
  }

 private:
  Database& database_;
  bool done_ = false;
};

}  // namespace noroshi::subscriber
