#include "broker/store/setup.h"

#include <cstring>
#include <map>

#include "broker/store/replacement.h"
#include "broker/store/schema.h"
#include "broker/store/tree_rows.h"
#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::store {
namespace {

// A checkpoint makes commits wait for some milliseconds, whichever lane they serve. It is made when the log rests; only
// under a lasting flood in line, where 1,000 pages bound the wait to about 5 ms (4,000 and 12,000 made it longer, not
// rarer).
constexpr int kCheckpointFrames = 1000;
constexpr std::int64_t kWalBytes = 64ll << 20;  // a longer WAL delays the first query after a crash by 0.3 s and more
constexpr std::int64_t kBusyMs = 5000;          // only recovery after a crash ever holds a lock
constexpr std::int64_t kSynchronousFull = 2;

void set_up_both(Connection& connection) {
  connection.run(("PRAGMA busy_timeout=" + std::to_string(kBusyMs)).c_str());
  // The database may have been put there by someone else, or have rotted: nothing in it is trusted.
  connection.pragma("mmap_size", 0);
  connection.pragma("trusted_schema", 0);
  connection.pragma("cell_size_check", 1);
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

// What a life before this one had written and not made durable is seen from now on, delivered and called a duplicate. The
// write lock keeps the file still.
void make_durable(Connection& connection) {
  connection.run("BEGIN IMMEDIATE");
  const int failed = wire::write_again(connection.file() + "-wal");
  connection.run("ROLLBACK");
  if (failed != 0)
    throw StorageError(connection.file() + "-wal: " + say({"ディスクに書き終えられません: ", "cannot be synced: "}) +
                       std::strerror(failed) + say({"。ディスクを確認してください", "; check the disk"}));
}

int checkpoint_now(sqlite3* db, const char* name) {
  const int rc = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return (rc & 0xff) == SQLITE_BUSY ? SQLITE_OK : rc;  // busy: a reader holds old pages; the next commit goes on
}

// Instead of wal_autocheckpoint, the same but for one thing: SQLite's own hook swallows the error of a checkpoint,
// and an fsync that failed must stop the program, not be tried again. What is returned here becomes the commit's error.
int checkpoint(void*, sqlite3* db, const char* name, int frames) {
  return frames < kCheckpointFrames ? SQLITE_OK : checkpoint_now(db, name);
}

void refuse_foreign(Connection& connection, bool may_be_new) {
  const std::int64_t id = connection.number("PRAGMA application_id");
  const bool is_new = id == 0 && connection.number("SELECT count(*) FROM sqlite_schema") == 0;
  if (id != kApplicationId && !(is_new && may_be_new))
    throw StorageError(connection.file() +
                       say({": 狼煙のログではありません (application_id ", ": not a Noroshi log (application_id "}) +
                       std::to_string(id) +
                       say({")。バックアップから復元してください", "): restore it from a backup"}));
  const std::int64_t version = connection.number("PRAGMA user_version");
  if (is_new ? version != 0 : version < 1 || version > kSchemaVersion)
    throw StorageError(connection.file() + say({": ログの形式の版 ", ": the log has schema version "}) +
                       std::to_string(version) + say({" はこのプログラムの版 ", ", this program knows "}) +
                       std::to_string(kSchemaVersion) +
                       say({" と合いません。書き込んだプログラムか、より新しいものを使ってください",
                            ": use the program that wrote it, or a newer one"}));
}

// Every table and index, by name, as it was made.
std::map<std::string, std::string> form_of(Connection& connection) {
  std::map<std::string, std::string> out;
  Statement each(connection, "SELECT type || ' ' || name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_schema");
  while (each.step()) out.emplace(each.octets(0), each.octets(1));
  return out;
}

void migrate(Connection& connection) {
  for (std::int64_t version = connection.number("PRAGMA user_version"); version < kSchemaVersion; ++version) {
    connection.run("BEGIN IMMEDIATE");
    connection.run(kMigrations[static_cast<std::size_t>(version)]);
    if (version + 1 == kTreeVersion) {
      connection.run(("PRAGMA user_version=" + std::to_string(kTreeVersion)).c_str());
      build_tree(connection);
    }
    connection.run(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
    connection.run(("PRAGMA user_version=" + std::to_string(version + 1)).c_str());
    connection.run("COMMIT");
  }
}

}  // namespace

void refuse_if_missing(const std::filesystem::path& file) {
  refuse_if_pending(file);
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  const auto fail = [&](const std::string& what) {
    throw StorageError(file.string() + ": " + what +
                       say({"。バックアップから戻してください。新しく始めると、受理したものが失われます",
                            "; put it back from a backup. A new log would forget what was acknowledged"}));
  };
  if (error) fail(say({"ログがありません: ", "the log cannot be found: "}) + error.message());
  if (size == 0) fail(say({"ログが空のファイルです", "the log is an empty file"}));
}

void refuse_other_form(Connection& connection) {
  Connection as_made(":memory:", Connection::Mode::read_write);
  const std::int64_t version = connection.number("PRAGMA user_version");
  for (std::int64_t step = 0; step < version; ++step) as_made.run(kMigrations.at(static_cast<std::size_t>(step)));
  const auto form = form_of(connection), expected = form_of(as_made);
  for (const auto& [from, against] : {std::pair(&form, &expected), std::pair(&expected, &form)})
    for (const auto& [name, made] : *from)
      if (const auto same = against->find(name); same == against->end() || same->second != made)
        throw StorageError(connection.file() +
                           say({": 表か索引がログのものと違います: ", ": a table or index is not that of a log: "}) +
                           name +
                           say({"。停止し、noroshi-broker rebuild で作り直してください",
                                "; stop, and make the database anew with noroshi-broker rebuild"}));
}

void set_up_writer(Connection& connection, IfMissing if_missing) {
  set_up_both(connection);
  refuse_foreign(connection, if_missing == IfMissing::create);
  refuse_other_form(connection);
  if (connection.text("PRAGMA journal_mode=WAL") != "wal")
    throw StorageError(
        connection.file() +
        say({": このファイルシステムでは先行書き込みログを使えません。ローカルのディスクに置いてください",
             ": the file system allows no write-ahead log; put the directory on a local disk"}));
  connection.pragma("synchronous", kSynchronousFull);
  connection.pragma("journal_size_limit", kWalBytes);
  make_durable(connection);
  sqlite3_wal_hook(connection.handle(), checkpoint, nullptr);
  migrate(connection);
  // SQLite lets the sync of a new write-ahead log's name fail in silence; without the name its commits are nowhere.
  if (const int error = wire::sync_folder(std::filesystem::path(connection.file()).parent_path()))
    throw StorageError(connection.file() +
                       say({": ディレクトリをディスクに書き終えられません: ", ": its folder cannot be synced: "}) +
                       std::strerror(error));
}

void set_up_reader(Connection& connection) {
  set_up_both(connection);
  connection.pragma("query_only", 1);
  connection.pragma("wal_autocheckpoint", 0);
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  refuse_foreign(connection, false);
}

void move_wal(Connection& connection) {
  if (checkpoint_now(connection.handle(), "main") != SQLITE_OK) connection.fail("moving the write-ahead log");
}

}  // namespace noroshi::store
