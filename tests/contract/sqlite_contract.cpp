// What the log in SQLite promises beyond the contract: settings, one writer, failures of the disk, damaged columns.
#include <sys/stat.h>

#include <fstream>

#include "broker/store/sqlite_log.h"
#include "tests/contract/log_fixture.h"
#include "tests/contract/sync_faults.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::store;
using namespace noroshi::store::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Folder : TempFolder {
  fs::path file = path / "log.db";
};

unsigned mode_of(const fs::path& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 ? static_cast<unsigned>(info.st_mode & 0777) : 0u;
}

struct FailingSync {
  explicit FailingSync(int after = 0) {
    syncs_that_work = after;
    sync_fails = true;
  }
  ~FailingSync() { sync_fails = false; }
};

}  // namespace

TEST_CASE("the file: nobody else's to read, marked as ours, write-ahead log") {
  Folder folder;
  SqliteLog log(folder.file);
  log.append(std::vector{report(1)});
  CHECK(mode_of(folder.file) == 0600);
  CHECK(mode_of(folder.file.string() + "-wal") == 0600);
  CHECK(mode_of(folder.file.string() + ".lock") == 0600);
  CHECK(ask_sql(folder.file, "PRAGMA application_id") == std::to_string(0x4E6F726F));
  CHECK(ask_sql(folder.file, "PRAGMA user_version") == "4");
  CHECK(ask_sql(folder.file, "PRAGMA journal_mode") == "wal");
}

TEST_CASE("one append is one sync, done before it returns") {
  Folder folder;
  SqliteLog log(folder.file);
  log.append(std::vector{report(1)});  // the first one also makes the WAL and syncs its folder
  for (std::uint64_t seq = 2; seq < 10; ++seq) {
    const int before = syncs;
    log.append(std::vector{report(seq)});
    CHECK(syncs == before + 1);
  }
}

TEST_CASE("what append acknowledged is in the files, not in the program") {
  Folder folder, crashed;
  SqliteLog log(folder.file);
  log.append(std::vector{report(1), report(2)});
  // As after kill -9: the files as they are, without a goodbye.
  fs::copy_file(folder.file, crashed.file);
  fs::copy_file(folder.file.string() + "-wal", crashed.file.string() + "-wal");
  CHECK(SqliteLog(crashed.file).head() == Seq{2});
  CHECK(seqs(open_sqlite_reader(crashed.file)->read(Seq{1}, {}, {})) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a sync that fails stops the log, and nothing half-written is read after a restart") {
  Folder folder;
  {
    SqliteLog log(folder.file);
    log.append(std::vector{report(1)});
    {
      FailingSync failing;
      CHECK_THROWS_AS(log.append(std::vector{report(2)}), StorageError);
    }
    // The disk is well again, but what it holds is unknown: no second try.
    CHECK_THROWS_WITH(log.append(std::vector{report(2)}), Contains("failed before"));
    CHECK(log.head() == Seq{1});
  }
  SqliteLog log(folder.file);
  const auto all = open_sqlite_reader(folder.file)->read(Seq{1}, {}, {});
  CHECK(all.upto == log.head());
  log.append(std::vector{report(log.head().value + 1)});
}

TEST_CASE("the write-ahead log is checkpointed in line") {
  Folder folder;
  SqliteLog log(folder.file);
  for (std::uint64_t seq = 1; seq <= 200; ++seq) log.append(std::vector{report(seq, Lane::urgent, 100'000)});
  CHECK(fs::file_size(folder.file) > 10'000'000);
  CHECK(fs::file_size(folder.file.string() + "-wal") < 10'000'000);
}

TEST_CASE("a log that rests moves its write-ahead log into the database") {
  Folder folder;
  SqliteLog log(folder.file);
  for (std::uint64_t seq = 1; seq <= 20; ++seq) log.append(std::vector{report(seq, Lane::urgent, 100'000)});
  const auto before = fs::file_size(folder.file);
  log.rest();
  CHECK(fs::file_size(folder.file) > before + 1'000'000);
  log.append(std::vector{report(21)});
  CHECK(open_sqlite_reader(folder.file)->head() == Seq{21});
}

TEST_CASE("a checkpoint whose sync fails stops the log, though its commit went well") {
  Folder folder;
  SqliteLog log(folder.file);
  log.append(std::vector{report(1)});
  // 1,000 pages are about 40 such entries. A commit syncs once; any further sync in it is the checkpoint's.
  const auto fill = [&] {
    for (std::uint64_t seq = 2; seq <= 100; ++seq) {
      const FailingSync failing(1);
      log.append(std::vector{report(seq, Lane::urgent, 100'000)});
    }
  };
  CHECK_THROWS_AS(fill(), StorageError);
  CHECK(log.head() > Seq{10});
  CHECK_THROWS_WITH(log.append(std::vector{report(log.head().value + 1)}), Contains("failed before"));
}

TEST_CASE("a second writer is refused, in this program or another") {
  Folder folder;
  auto log = std::make_unique<SqliteLog>(folder.file);
  CHECK_THROWS_WITH(SqliteLog(folder.file), Contains("another program writes this log"));
  log.reset();
  CHECK_NOTHROW(SqliteLog(folder.file));
}

TEST_CASE("a reader never writes, and keeps up") {
  Folder folder;
  SqliteLog log(folder.file);
  const auto reader = open_sqlite_reader(folder.file);
  for (std::uint64_t seq = 1; seq <= 50; ++seq) {
    log.append(std::vector{report(seq)});
    CHECK(reader->head() == Seq{seq});
  }
  // No read transaction is left open: the WAL can be emptied while the reader lives.
  CHECK(seqs(reader->read(Seq{1}, {}, {10, 1})).size() == 1);
  CHECK(reader->find(report_id(3)));
  CHECK(reader->seek(Micros{3000}) == Seq{3});
  CHECK(ask_sql(folder.file, "PRAGMA wal_checkpoint(TRUNCATE)") == "0");
  CHECK(reader->head() == Seq{50});
}

TEST_CASE("a log that is gone is not begun anew") {
  Folder folder;
  CHECK_THROWS_WITH(SqliteLog(folder.file, IfMissing::refuse), Contains("put it back from a backup"));
  CHECK_FALSE(fs::exists(folder.file));
  { std::ofstream{folder.file}; }
  CHECK_THROWS_WITH(SqliteLog(folder.file, IfMissing::refuse), Contains("empty file"));
  CHECK(fs::file_size(folder.file) == 0);
  fs::remove(folder.file);
  SqliteLog(folder.file).append(std::vector{report(1)});
  CHECK(SqliteLog(folder.file, IfMissing::refuse).head() == Seq{1});
}

TEST_CASE("a log that lost its tables is not begun anew") {
  Folder folder;
  { std::ofstream{folder.file}; }
  run_sql(folder.file, "CREATE TABLE t(x); DROP TABLE t");  // a database with nothing in it
  CHECK_THROWS_WITH(SqliteLog(folder.file, IfMissing::refuse), Contains("not a Noroshi log"));
  CHECK_THROWS_WITH(open_sqlite_reader(folder.file), Contains("not a Noroshi log"));
}

TEST_CASE("facts are kept until others take their place, and a log of a version without them gets them") {
  Folder folder;
  const store::Facts first{{"item", "C.disaster"}, {"item", "髙"}, {"origin", "a"}};
  const store::Facts second{{"origin", "b"}};
  {
    SqliteLog log(folder.file);
    CHECK(store::facts_of(folder.file).empty());
    log.append(std::vector{report(1)});
    log.remember(first);
    CHECK(store::facts_of(folder.file) == first);
    log.remember(second);
    log.append(std::vector{report(2)});
  }
  CHECK(store::facts_of(folder.file) == second);

  run_sql(folder.file, "DROP TABLE facts; DROP TABLE tree; DROP INDEX entries_witness; " + kFormerIndex +
                           " PRAGMA user_version = 1");
  CHECK(store::facts_of(folder.file).empty());
  CHECK(open_sqlite_reader(folder.file)->head() == Seq{2});
  SqliteLog log(folder.file, IfMissing::refuse);
  log.remember(first);
  CHECK(store::facts_of(folder.file) == first);
  CHECK(ask_sql(folder.file, "PRAGMA user_version") == "4");
}

TEST_CASE("an index that lost a member is refused, though every row that it finds is whole") {
  Folder folder;
  {
    SqliteLog log(folder.file);
    log.append(std::vector{report(1), other(2, EntryKind::member), other(3, EntryKind::posture)});
  }
  // What a flipped bit in its page does: it has other rows than it had.
  const std::string lost = GENERATE("entries_by_kind", "entries_witness");
  run_sql(folder.file,
          "CREATE INDEX empty ON entries(kind, seq) WHERE kind = 99; PRAGMA writable_schema = 1;"
          "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'empty') "
          "WHERE name = '" +
              lost + "'; DELETE FROM sqlite_schema WHERE name = 'empty'");
  CHECK_THROWS_WITH(SqliteLog(folder.file), Contains("log entry 2 is damaged") && Contains("noroshi-broker rebuild"));
}

TEST_CASE("what is no log of ours is refused and left as it is") {
  Folder folder;
  SECTION("another program's database") {
    { std::ofstream{folder.file}; }
    run_sql(folder.file, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES(7)");
    CHECK_THROWS_WITH(SqliteLog(folder.file), Contains("not a Noroshi log"));
    CHECK(ask_sql(folder.file, "SELECT x FROM theirs") == "7");
    CHECK(ask_sql(folder.file, "PRAGMA journal_mode") == "delete");
  }
  SECTION("no database") {
    std::ofstream{folder.file} << std::string(5000, 'x');
    CHECK_THROWS_AS(SqliteLog(folder.file), StorageError);
  }
  SECTION("written by a newer program") {
    SqliteLog(folder.file).append(std::vector{report(1)});
    run_sql(folder.file, "PRAGMA user_version = 99");
    CHECK_THROWS_WITH(SqliteLog(folder.file), Contains("schema version 99"));
    CHECK_THROWS_WITH(open_sqlite_reader(folder.file), Contains("schema version 99"));
  }
  SECTION("no file, for a reader") { CHECK_THROWS_AS(open_sqlite_reader(folder.file), StorageError); }
  SECTION("no folder") { CHECK_THROWS_AS(SqliteLog(folder.path / "no" / "log.db"), StorageError); }
}

TEST_CASE("damage to any column of a row is refused by name, by a read and by a filter that would pass it over") {
  const std::string set =
      GENERATE(as<std::string>{}, "kind = 4", "kind = 257", "kind = 0", "lane = 2", "lane = 7",
               "recorded_at = recorded_at + 1", "salt = zeroblob(16)", "salt = zeroblob(3)", "leaf = zeroblob(32)",
               "row_check = row_check + 1", "body = zeroblob(4)", "body = zeroblob(0)");
  INFO(set);
  Folder folder;
  SqliteLog log(folder.file);
  log.append(std::vector{report(1), report(2), report(3)});
  run_sql(folder.file, "UPDATE entries SET " + set + " WHERE seq = 2");
  const auto reader = open_sqlite_reader(folder.file);
  CHECK_THROWS_WITH(reader->read(Seq{1}, {}, {}), Contains("entry 2"));
  CHECK_THROWS_WITH(reader->read(Seq{1}, {{EntryKind::report}, Lane::urgent}, {}), Contains("entry 2"));
  CHECK_THROWS_WITH(reader->find(report_id(2)), Contains(folder.file.string() + ": log entry 2"));
}

TEST_CASE("a row that is gone is named") {
  Folder folder;
  SqliteLog log(folder.file);
  log.append(std::vector{report(1), report(2), report(3), other(4, EntryKind::posture)});
  run_sql(folder.file, "DELETE FROM entries WHERE seq = 2");
  const auto reader = open_sqlite_reader(folder.file);
  CHECK_THROWS_WITH(reader->read(Seq{1}, {}, {}), Contains("entry 2"));
  CHECK_THROWS_WITH(reader->find(report_id(2)), Contains(folder.file.string() + ": log entry 2"));
  CHECK(seqs(reader->read(Seq{3}, {}, {})) == std::vector<std::uint64_t>{3, 4});
}

TEST_CASE("a damaged end is refused when the broker starts") {
  Folder folder;
  SqliteLog(folder.file).append(std::vector{report(1), report(2)});
  run_sql(folder.file, "UPDATE entries SET body = zeroblob(4) WHERE seq = 2");
  CHECK_THROWS_WITH(SqliteLog(folder.file), Contains("entry 2"));
}

TEST_CASE("members are found without a scan") {
  Folder folder;
  SqliteLog log(folder.file);
  // Not (kind, seq): seq would be in it twice, and rot in the one that is searched by would go unnoticed.
  CHECK_THAT(ask_sql(folder.file, "SELECT sql FROM sqlite_schema WHERE name = 'entries_by_kind'"),
             Contains("ON entries(kind) WHERE kind <> 1"));
  log.append(std::vector{other(1, EntryKind::member), report(2), report(3)});
  CHECK(ask_sql(folder.file, "SELECT count(*) FROM entries INDEXED BY entries_by_kind WHERE kind <> 1") == "1");
  // Damage among the reports does not matter to one who asks for members: they were not read.
  run_sql(folder.file, "UPDATE entries SET body = zeroblob(4) WHERE seq = 2");
  const auto reader = open_sqlite_reader(folder.file);
  CHECK(reader->read(Seq{1}, {{EntryKind::member}, {}}, {}).upto == Seq{3});
  CHECK(reader->last(EntryKind::member)->seq == Seq{1});
}
