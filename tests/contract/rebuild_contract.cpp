// What a log is made of anew when somebody, or a disk, has altered one side so that it is whole in itself.
#include "broker/store/rebuild.h"
#include "broker/store/row.h"
#include "tests/contract/mirrored.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::store;
using namespace noroshi::store::test;

namespace {

ReportId id_of(const Entry& entry) { return report_id(entry.seq.value); }

Entry salted_anew(Entry entry) {
  entry.salt[0] ^= 1;
  entry.leaf = wire::leaf_of(entry.salt, entry.body);
  return entry;
}

std::string octets_of(const ReportId& id) {
  const auto octets = uuid_octets(id).value();
  return {octets.begin(), octets.end()};
}

void alter_in_mirror(const Mirrored& store, std::uint64_t seq) {
  const std::string bytes = bytes_of(store.newest_segment());
  std::string out(kSegmentLine);
  Pieces pieces(bytes);
  while (const auto piece = pieces.next()) {
    std::vector<NewEntry> batch;
    for (const Entry& entry : piece->record.entries)
      batch.push_back({entry.seq == Seq{seq} ? salted_anew(entry) : entry, {}});
    out += encode_record(piece->record.before, batch, piece->record.checkpoint);
  }
  put_bytes(store.newest_segment(), out);
}

void alter_in_database(const Mirrored& store, std::uint64_t seq) {
  const Entry entry = salted_anew(open_sqlite_reader(store.database())->read(Seq{seq}, {}, {}).entries.front());
  const auto blob = [](const auto& octets) {
    return "x'" + wire::to_hex({reinterpret_cast<const char*>(octets.data()), octets.size()}) + "'";
  };
  run_sql(store.database(), "UPDATE entries SET salt = " + blob(entry.salt) + ", leaf = " + blob(entry.leaf) +
                                ", row_check = " + std::to_string(row_check(entry)) +
                                " WHERE seq = " + std::to_string(seq));
}

// Nothing is lost or in doubt, and a broker goes on from it.
void check_rebuilt(Mirrored& store, std::uint64_t entries) {
  const Rebuilt rebuilt = rebuild(store.database(), store.mirror(), store.signer, id_of, {}, "now");
  CHECK(rebuilt.entries == entries);
  CHECK(rebuilt.doubts.empty());
  CHECK(check(store.database(), store.mirror(), store.signer.verifier(), id_of).damages.empty());
  store.start();
  CHECK(store.is_whole(entries));
}

}  // namespace

TEST_CASE("of two entries that differ and are each whole, the signed head decides") {
  Mirrored store;
  store.start();
  store.append(9);
  store.stop();
  const bool in_mirror = GENERATE(true, false);
  in_mirror ? alter_in_mirror(store, 4) : alter_in_database(store, 4);
  REQUIRE_FALSE(check(store.database(), store.mirror(), store.signer.verifier(), id_of).damages.empty());
  check_rebuilt(store, 9);
}

TEST_CASE("old records at the mirror's end are damage, and take nothing of a rebuilt log away") {
  Mirrored store;
  TempFolder older;
  store.start();
  store.append(5);
  store.stop();
  store.save(older.path);
  store.start();
  store.append(4);
  store.stop();
  if (GENERATE(false, true)) store.restore_database(older.path);
  const std::string all = bytes_of(store.newest_segment());
  if (GENERATE(false, true))
    put_bytes(store.newest_segment(), all + record_of(all, 2));
  else  // an older segment under a newer name
    put_bytes(segment_file(store.mirror(), 4), all.substr(0, all.find(record_of(all, 7))));
  CHECK(newest_record(store.mirror())->size == 9);
  CHECK(check(store.database(), store.mirror(), store.signer.verifier(), id_of).damaged(Damage::Side::mirror));
  check_rebuilt(store, 9);
}

TEST_CASE("a report that was once taken twice stays twice in what is copied, and its id finds the first") {
  // As if #7 were the second of #3: the index of ids had rotted when it came.
  const auto twice = [](const Entry& entry) { return report_id(entry.seq == Seq{7} ? 3 : entry.seq.value); };
  Mirrored store;
  TempFolder older;
  store.start();
  store.stop();
  store.save(older.path);
  store.start();
  store.append(6);
  NewEntry second = report(7);
  second.report = report_id(3);
  CHECK_THROWS_AS(store.log().append(std::vector{second}), std::logic_error);
  CHECK_THROWS_AS(store.log().copy(std::vector{report(9)}), std::logic_error);
  const auto damages = [&] {
    return check(store.database(), store.mirror(), store.signer.verifier(), twice).damages.size();
  };
  const std::string id = "x'" + wire::to_hex(octets_of(report_id(3))) + "'";
  run_sql(store.database(), "DELETE FROM report_ids WHERE id = " + id);
  store.log().append(std::vector{second});
  store.append(2);
  store.stop();
  if (GENERATE(true, false)) {
    CHECK(damages() == 1);  // the index has #7
    const Rebuilt rebuilt = rebuild(store.database(), store.mirror(), store.signer, twice, {}, "now");
    CHECK(rebuilt.entries == 9);
  } else {
    store.restore_database(older.path);
    SqliteLog log(store.database());
    reconcile(log, store.database(), store.mirror(), store.signer, twice);
  }
  CHECK(damages() == 0);
  CHECK(open_sqlite_reader(store.database())->find(report_id(3))->seq == Seq{3});
  CHECK(open_sqlite_reader(store.database())->head() == Seq{9});
  // An id that points at another report is damage still.
  run_sql(store.database(), "UPDATE report_ids SET seq = 2 WHERE id = " + id);
  CHECK(damages() == 3);
}

TEST_CASE(
    "a database without one of its indexes or tables, or of a version it is not, is damage that a rebuild repairs") {
  Mirrored store;
  store.start();
  store.append(5);
  store.stop();
  run_sql(store.database(),
          GENERATE("DROP INDEX entries_by_kind", "DROP INDEX entries_witness", "DROP TABLE facts", "DROP TABLE tree",
                   "DROP TABLE report_ids", "PRAGMA user_version = 1", "CREATE INDEX another ON entries(kind)"));
  const auto damages = [&] { return check(store.database(), store.mirror(), store.signer.verifier(), id_of).damages; };
  CHECK_THROWS_AS(store.start(), StorageError);
  store.stop();
  CHECK_FALSE(damages().empty());
  CHECK(rebuild(store.database(), store.mirror(), store.signer, id_of, {}, "now").set_aside.size() == 1);
  CHECK(damages().empty());
  store.start();
  CHECK(store.is_whole(5));
}

TEST_CASE("of nothing at all no log is made") {
  Mirrored store;
  store.start();
  store.append(3);
  store.stop();
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(store.database().string() + suffix);
  fs::remove_all(store.mirror());
  CHECK_THROWS_AS(rebuild(store.database(), store.mirror(), store.signer, id_of, {}, "now"), StorageError);
  CHECK_FALSE(fs::exists(store.database()));
}

TEST_CASE(
    "the number of a rotten last row says nothing: what it was comes from the mirror, and looking for more ends") {
  Mirrored store;
  store.start();
  store.append(9);
  store.stop();
  const std::string number = GENERATE("8", "10", "73", "268435465", "9223372036854775807");
  if (number == "8") run_sql(store.database(), "DELETE FROM entries WHERE seq = 8");
  run_sql(store.database(), "UPDATE entries SET seq = " + number + " WHERE seq = 9");
  CHECK(entries_of(store.database()) == (number == "8" ? 8 : 9));
  const auto found = check(store.database(), store.mirror(), store.signer.verifier(), id_of);
  CHECK(found.damaged(Damage::Side::database));
  CHECK_FALSE(found.damaged(Damage::Side::mirror));
  CHECK(found.damages.size() == (number == "8" ? 3 : 2));
  check_rebuilt(store, 9);
}

TEST_CASE("a last row that rotted where only the database has it is noticed") {
  Mirrored store;
  store.start();
  store.append(8);
  const std::string before = bytes_of(store.newest_segment());
  store.append(1);
  store.stop();
  put_bytes(store.newest_segment(), before);
  run_sql(store.database(), "UPDATE entries SET recorded_at = recorded_at + 1 WHERE seq = 9");
  CHECK(entries_of(store.database()) == 9);
  CHECK_THROWS_WITH(rebuild(store.database(), store.mirror(), store.signer, id_of, {}, "now"),
                    Catch::Matchers::Contains("9"));
}

TEST_CASE("rows that are no entry are damage, and rebuild does without them") {
  Mirrored store;
  store.start();
  store.append(9);
  store.stop();
  const std::string seq = GENERATE("-5", "0", "10", "59", "9223372036854775807");
  run_sql(store.database(), "INSERT INTO entries SELECT " + seq +
                                ", recorded_at, kind, lane, row_check, salt, leaf, body FROM entries WHERE seq = 5");
  const auto found = check(store.database(), store.mirror(), store.signer.verifier(), id_of);
  CHECK(found.entries == 9);
  REQUIRE(found.damages.size() == 1);
  CHECK_THAT(found.damages.front().what, Catch::Matchers::Contains(seq));
  check_rebuilt(store, 9);
}

TEST_CASE("what the indexes have and no log has is damage, and rebuild does without it") {
  Mirrored store;
  store.start();
  store.append(40);
  store.stop();
  REQUIRE(check(store.database(), store.mirror(), store.signer.verifier(), id_of).damages.empty());
  run_sql(store.database(),
          GENERATE("INSERT INTO report_ids VALUES(zeroblob(16), 999)", "INSERT INTO report_ids VALUES(zeroblob(16), 0)",
                   "INSERT INTO report_ids VALUES(zeroblob(16), 4)", "INSERT INTO report_ids VALUES(x'00', -1)",
                   "INSERT INTO tree VALUES(3, 0, zeroblob(32))", "INSERT INTO tree VALUES(-1, 0, zeroblob(32))"));
  const auto found = check(store.database(), store.mirror(), store.signer.verifier(), id_of);
  CHECK(found.damages.size() == 1);
  CHECK(found.damaged(Damage::Side::database));
  check_rebuilt(store, 40);
}

TEST_CASE("a log whose mirror was set aside is whole until it starts, and not beside one who writes") {
  Mirrored store;
  store.start();
  store.append(3);
  store.stop();
  fs::remove_all(store.mirror());
  const auto look = [&](Beside beside) {
    return check(store.database(), store.mirror(), store.signer.verifier(), id_of, nullptr, beside);
  };
  CHECK(look(Beside::nobody).damages.empty());
  CHECK_FALSE(look(Beside::nobody).mirrored);
  CHECK(look(Beside::writer).damaged(Damage::Side::mirror));
  store.start();
  CHECK(store.is_whole(3));
  CHECK(look(Beside::nobody).mirrored);
}
