#include "broker/store/sqlite.h"

#include "proto/types/words.h"

namespace noroshi::store {

namespace {

// What people can do about it; SQLite's own words are for who looks closer.
std::string remedy_for(int code) {
  switch (code) {
    case SQLITE_ERROR:  // every statement is ours: a table is not as it was made
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return say(
          {"ログのデータベースが壊れています。停止し、noroshi-broker rebuild で写しから作り直すか、noroshi-broker "
           "restore でバックアップから戻してください",
           "the log's database is damaged: stop, and make it anew from its mirror (noroshi-broker rebuild) or go back "
           "to a backup (noroshi-broker restore)"});
    case SQLITE_FULL:
      return say({"ディスクに空きがありません。空きを作ってから再起動してください",
                  "the disk is full: free some space, then start again"});
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return say({"ログを読み書きする権限がありません。所有者と属性を確認してください",
                  "the log may not be read or written: check its owner and mode"});
    default:
      return say({"ログを読み書きできません。ディスクを確認してください",
                  "the log cannot be read or written: check the disk"});
  }
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, Mode mode) : file_(file.string()) {
  // No mutex: one owner, one thread. Never SQLITE_OPEN_CREATE: the writer makes the file, with mode 0600.
  const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(file.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
    const std::string why = db_ ? sqlite3_errmsg(db_) : "out of memory";
    const int code = db_ ? sqlite3_errcode(db_) & 0xff : SQLITE_NOMEM;
    sqlite3_close(db_);
    throw StorageError(file_ + ": " + remedy_for(code) + " (" + why + ")");
  }
}

Connection::~Connection() { sqlite3_close_v2(db_); }

void Connection::fail(std::string_view doing) const {
  const int code = sqlite3_extended_errcode(db_);
  throw StorageError(file_ + ": " + remedy_for(code & 0xff) + " (" + std::string(doing) + ": " + sqlite3_errmsg(db_) +
                     ", SQLite error " + std::to_string(code) + ")");
}

void Connection::run(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

std::int64_t Connection::number(const char* sql) {
  Statement statement(*this, sql);
  if (!statement.step()) throw StorageError(file_ + ": " + sql + ": no answer");
  const std::int64_t value = statement.number(0);
  statement.finish();
  return value;
}

std::string Connection::text(const char* sql) {
  Statement statement(*this, sql);
  if (!statement.step()) throw StorageError(file_ + ": " + sql + ": no answer");
  std::string value(statement.octets(0));
  statement.finish();  // a PRAGMA answers first and commits then
  return value;
}

void Connection::pragma(const std::string& name, std::int64_t value) {
  run(("PRAGMA " + name + "=" + std::to_string(value)).c_str());
  const std::int64_t is = number(("PRAGMA " + name).c_str());
  if (is != value)
    throw StorageError(file_ + ": " + name + " is " + std::to_string(is) + ", must be " + std::to_string(value));
}

Statement::Statement(Connection& connection, const char* sql) : connection_(connection) {
  if (sqlite3_prepare_v3(connection.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK)
    connection.fail(sql);
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int index, std::int64_t value) {
  if (sqlite3_bind_int64(statement_, index, value) != SQLITE_OK) connection_.fail("bind");
  return *this;
}

Statement& Statement::bind(int index, std::span<const std::uint8_t> octets) {
  if (sqlite3_bind_blob64(statement_, index, octets.data(), octets.size(), SQLITE_STATIC) != SQLITE_OK)
    connection_.fail("bind");
  return *this;
}

Statement& Statement::bind(int index, std::string_view octets) {
  // SQLite takes a null pointer for NULL, even of length 0.
  const char* data = octets.empty() ? "" : octets.data();
  if (sqlite3_bind_blob64(statement_, index, data, octets.size(), SQLITE_STATIC) != SQLITE_OK) connection_.fail("bind");
  return *this;
}

bool Statement::step() {
  const int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc != SQLITE_DONE) connection_.fail(sqlite3_sql(statement_));
  return false;
}

void Statement::finish() {
  while (step()) {
  }
  reset();
}

void Statement::reset() { sqlite3_reset(statement_); }  // its code repeats the error that step() threw

std::string_view Statement::octets(int column) {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data ? std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size)) : std::string_view();
}

}  // namespace noroshi::store
