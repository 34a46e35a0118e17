#include "subscriber/database.h"

#include "proto/wire/signing.h"

namespace noroshi::subscriber {

namespace {

constexpr int kBusyMs = 10'000;  // the other processes and threads hold it for the time of one commit

// What people can do about it; SQLite's own words are for who looks closer.
cli::Text remedy_for(int code) {
  switch (code & 0xff) {
    case SQLITE_ERROR:  // every statement is ours: a table is not as it was made
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {
          "受信箱のデータベースが壊れています。noroshi-subscriber run を止め、バックアップから復元するか、"
          "このファイルと -wal・-shm を別の場所に移して run を始め直してください。from_start = false でなければ、"
          "報告はブローカーからもう一度届き、渡し先にも渡し直します。開封や回答の記録は戻りません",
          "the inbox's database is damaged: stop noroshi-subscriber run, then restore it from a backup, or move this "
          "file with its -wal and -shm away and start run again. Unless from_start = false, the broker delivers the "
          "reports again, to the sinks too; what was opened or answered is not noted any more"};
    case SQLITE_FULL: return {"ディスクに空きがありません。空きを作ってください", "the disk is full: free some space"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return {"受信箱を読み書きする権限がありません。所有者と属性を確認してください",
              "the inbox may not be read or written: check its owner and mode"};
    case SQLITE_BUSY:
      return {"受信箱が使用中です。しばらく待って、もう一度試してください",
              "the inbox is in use: wait, then try again"};
    default:
      return {"受信箱を読み書きできません。ディスクを確認してください",
              "the inbox cannot be read or written: check the disk"};
  }
}

void append(Bytes& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

void sha256(sqlite3_context* context, int count, sqlite3_value** values) {
  Bytes all;
  for (int i = 0; i < count; ++i) {
    const int type = sqlite3_value_type(values[i]);
    all += static_cast<char>(type);
    if (type == SQLITE_INTEGER) {
      append(all, static_cast<std::uint64_t>(sqlite3_value_int64(values[i])));
      continue;
    }
    const void* data = sqlite3_value_blob(values[i]);
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[i]));
    append(all, size);
    if (data) all.append(static_cast<const char*>(data), size);
  }
  const Hash hash = wire::sha256(all);
  sqlite3_result_blob(context, hash.data(), static_cast<int>(hash.size()), SQLITE_TRANSIENT);
}

}  // namespace

Database::Database(const std::filesystem::path& file, Durable durable, IfMissing if_missing) : file_(file.string()) {
  const int flags = SQLITE_OPEN_READWRITE | (if_missing == IfMissing::create ? SQLITE_OPEN_CREATE : 0) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (const int code = sqlite3_open_v2(file.c_str(), &db_, flags, nullptr); code != SQLITE_OK) {
    const std::string why = sqlite3_errstr(code);
    sqlite3_close(db_);
    throw cli::Failure(cli::kFailed, file_ + ": " + say(remedy_for(code)) + " (" + why + ")");
  }
  sqlite3_busy_timeout(db_, kBusyMs);
  // The file may have rotted: nothing in it is trusted.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_create_function_v2(db_, "sha256", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr, sha256,
                             nullptr, nullptr, nullptr);
  run("PRAGMA trusted_schema=0");
  run("PRAGMA cell_size_check=1");
  run(durable == Durable::at_once ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

Database::~Database() { sqlite3_close_v2(db_); }

void Database::fail(int code, std::string_view doing) const {
  throw cli::Failure(cli::kFailed, file_ + ": " + say(remedy_for(code)) + " (" + std::string(doing) + ": " +
                                       sqlite3_errmsg(db_) + ", SQLite error " + std::to_string(code) + ")");
}

void Database::refuse(cli::Text what) const { throw cli::Failure(cli::kUsage, file_ + ": " + say(what)); }

void Database::run(const std::string& sql) {
  if (const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK) fail(code, sql);
}

std::int64_t Database::number(const std::string& sql) {
  Query query(*this, sql.c_str());
  if (!query.next()) return 0;
  const std::int64_t value = query.number(0);
  query.run();
  return value;
}

std::string Database::text(const std::string& sql) {
  Query query(*this, sql.c_str());
  if (!query.next()) return {};
  std::string value = query.text(0);
  query.run();  // a PRAGMA answers first and commits then
  return value;
}

Query::Query(Database& database, const char* sql) : database_(database) {
  check(sqlite3_prepare_v3(database.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

void Query::check(int code) {
  if (code != SQLITE_OK) database_.fail(code, statement_ ? sqlite3_sql(statement_) : "prepare");
}

void Query::bind(int index, std::int64_t value) { check(sqlite3_bind_int64(statement_, index, value)); }

void Query::bind(int index, std::optional<std::int64_t> value) {
  if (value)
    bind(index, *value);
  else
    check(sqlite3_bind_null(statement_, index));
}

void Query::bind(int index, std::string_view text) {
  // SQLite takes a null pointer for NULL, even of length 0.
  check(sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
}

void Query::bind(int index, Octets octets) {
  check(sqlite3_bind_blob64(statement_, index, octets.bytes.empty() ? "" : octets.bytes.data(), octets.bytes.size(),
                            SQLITE_TRANSIENT));
}

bool Query::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail(code, sqlite3_sql(statement_));
  sqlite3_reset(statement_);
  return false;
}

void Query::run() {
  while (next()) {
  }
}

std::string Query::text(int column) {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data ? std::string(static_cast<const char*>(data), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace noroshi::subscriber
