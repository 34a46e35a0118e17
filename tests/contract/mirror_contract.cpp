// The mirror: what it promises of a batch that was acknowledged, and what a start does with a log and a mirror that differ.
#include <sys/stat.h>

#include "tests/contract/mirrored.h"
#include "tests/contract/sync_faults.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::store;
using namespace noroshi::store::test;
using Catch::Matchers::Contains;

namespace {

// Everything in the file as records, or what is wrong.
std::string kinds(const std::string& segment) {
  std::string out;
  Pieces pieces(segment);
  while (const auto piece = pieces.next()) out += "rtmd"[static_cast<int>(piece->kind)];
  return out;
}

std::string three_records() {
  const std::vector first{report(1), report(2, Lane::batched, 300)};
  const std::vector second{other(3, EntryKind::member)};
  return std::string(kSegmentLine) + encode_record(0, first, "first\n") + encode_record(2, {}, "none\n") +
         encode_record(2, second, "second\n");
}

}  // namespace

TEST_CASE("records come back as they were written") {
  const std::string segment = three_records();
  Pieces pieces(segment);
  const auto first = pieces.next();
  REQUIRE(first);
  CHECK(first->kind == Piece::Kind::record);
  CHECK(first->record.after() == 2);
  CHECK(first->record.checkpoint == "first\n");
  REQUIRE(first->record.entries.size() == 2);
  const Entry& entry = first->record.entries[1];
  const Entry written = report(2, Lane::batched, 300).entry;
  CHECK((entry.seq == written.seq && entry.recorded_at == written.recorded_at && entry.kind == written.kind));
  CHECK((entry.lane == written.lane && entry.salt == written.salt && entry.leaf == written.leaf));
  CHECK(entry.body == written.body);
  CHECK(pieces.next()->record.after() == 2);
  CHECK(pieces.next()->record.entries.at(0).kind == EntryKind::member);
  CHECK_FALSE(pieces.next());
}

TEST_CASE("every bit of a segment counts, and costs one record") {
  const std::string segment = three_records();
  for (std::size_t at = 0; at < segment.size(); ++at) {
    std::string damaged = segment;
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
    const std::string found = kinds(damaged);
    INFO("octet " << at << ": " << found);
    CHECK((at < kSegmentLine.size() ? found == "drrr" : found.size() == 3 && found.find_first_of("dt") != found.npos));
  }
}

TEST_CASE("a segment that ends early ends torn, never damaged") {
  const std::string segment = three_records();
  std::size_t clean = 0;
  for (std::size_t size = 1; size < segment.size(); ++size) {
    const std::string found = kinds(segment.substr(0, size));
    INFO(size << " octets: " << found);
    CHECK(found.find('d') == std::string::npos);
    if (found.find('t') == std::string::npos) ++clean;
  }
  CHECK(clean == 3);
}

TEST_CASE("a record that begins before the last one ended is out of its place, wherever it stands") {
  const std::string segment = three_records();
  Pieces pieces(segment);
  const Piece first = *pieces.next();
  const std::string again = segment.substr(first.begin, first.end - first.begin);
  CHECK(kinds(segment + again) == "rrrm");
  CHECK(kinds(segment.substr(0, first.end) + again + segment.substr(first.end)) == "rmrr");
  Pieces named_later(segment, 2);
  CHECK(named_later.next()->kind == Piece::Kind::misplaced);
}

TEST_CASE("of a rotten record the other entries are still to be had") {
  const std::vector batch{report(1), report(2), report(3)};
  std::string segment = std::string(kSegmentLine) + encode_record(0, batch, "note\n");
  segment[segment.find(batch[1].entry.body)] ^= 1;
  Pieces pieces(segment);
  const auto piece = pieces.next();
  CHECK(piece->kind == Piece::Kind::damaged);
  REQUIRE(piece->record.entries.size() == 2);
  CHECK(piece->record.entries[1].seq == Seq{3});
}

TEST_CASE("the mirror is written with the log: nobody else's to read, one sync a batch") {
  Mirrored store;
  store.start();
  CHECK(store.news.empty());
  store.append(1);
  struct stat info {};
  REQUIRE(::stat(store.newest_segment().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(::stat(store.mirror().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  for (int i = 0; i < 5; ++i) {
    const int before = mirror_syncs;
    store.append(1);
    CHECK(mirror_syncs == before + 1);
  }
  CHECK(store.is_whole(6));
  store.start();
  CHECK(store.news.empty());
  CHECK(store.is_whole(6));
}

TEST_CASE("a mirror that cannot be written stops the log") {
  Mirrored store;
  store.start();
  store.append(3);
  mirror_sync_fails = true;
  CHECK_THROWS_WITH(store.append(1), Contains(".mirror"));
  mirror_sync_fails = false;
  CHECK(store.log().head() == Seq{3});
  CHECK(store.log().tree().size() == 3);
  CHECK_THROWS_WITH(store.append(1), Contains("failed before"));
  store.start();
  store.append(1);
  CHECK(store.is_whole(store.log().head().value));
}

TEST_CASE("segments roll, and are read as one") {
  Mirrored store;
  store.start();
  store.log().keep(std::make_unique<Mirror>(store.mirror(), store.signer, store.newest_segment(), 2000));
  store.append(40);
  CHECK(segments_of(store.mirror()).size() > 5);
  std::uint64_t size = 0;
  for_each_record(store.mirror(), 0, [&](const MirrorRecord& record) {
    CHECK(record.before == size);
    size = record.after();
  });
  CHECK(size == 40);
  store.start();
  CHECK(store.is_whole(40));
}

TEST_CASE("acknowledged entries that the database lost come back from the mirror") {
  Mirrored store;
  TempFolder older;
  store.start();
  store.append(30);
  SECTION("its write-ahead log is gone") {
    store.log().rest();
    store.append(25);
    store.save(older.path);
    store.stop();
    fs::remove(older.path / "log.db-wal");
    store.restore_database(older.path);
  }
  SECTION("an old copy was put in its place") {
    store.stop();
    store.save(older.path);
    store.start();
    store.append(25);
    store.stop();
    store.restore_database(older.path);
  }
  SECTION("an empty log was put in its place") {
    store.append(25);
    store.stop();
    store.restore_database(older.path);
  }
  store.start();
  CHECK_THAT(store.news, Contains("taken back from the mirror"));
  CHECK(store.is_whole(55));
  CHECK(open_sqlite_reader(store.database())->find(report_id(55)));
  store.append(1);
  CHECK(store.is_whole(56));
}

TEST_CASE("what the mirror lacks is written from the database") {
  Mirrored store;
  store.start();
  store.append(30);
  SECTION("all of it") {
    store.stop();
    fs::remove_all(store.mirror());
    store.start();
    CHECK_THAT(store.news, Contains("there was no mirror"));
  }
  SECTION("its newest records") {
    const std::string before = bytes_of(store.newest_segment());
    store.append(5);
    store.stop();
    put_bytes(store.newest_segment(), before);
    store.start();
    CHECK_THAT(store.news, Contains("completed from it: 5 entries"));
    CHECK(store.is_whole(35));
  }
  SECTION("its newest record is torn") {
    store.stop();
    const std::string all = bytes_of(store.newest_segment());
    put_bytes(store.newest_segment(), all.substr(0, all.size() - 7));
    store.start();
    CHECK_THAT(store.news, Contains("interrupted"));
    CHECK_THAT(store.news, Contains("completed from it: 1 entries"));
    CHECK(bytes_of(store.newest_segment()) == all);
  }
  CHECK(store.is_whole(store.log().head().value));
}

TEST_CASE("a record that was begun and of which the database knows nothing was never acknowledged") {
  Mirrored store;
  store.start();
  store.append(3);
  store.stop();
  const std::string all = bytes_of(store.newest_segment());
  put_bytes(store.newest_segment(), all + encode_record(3, std::vector{report(4)}, "note\n").substr(0, 150));
  store.start();
  CHECK(store.is_whole(3));
  CHECK(bytes_of(store.newest_segment()) == all);
  SECTION("nor one in a segment of its own") {
    store.stop();
    put_bytes(segment_file(store.mirror(), 4), std::string(kSegmentLine.substr(0, 5)));
    store.start();
    store.append(1);
    CHECK(store.is_whole(4));
  }
}

TEST_CASE("an old record at the mirror's end is not its head, whatever the database has") {
  Mirrored store;
  TempFolder older;
  store.start();
  store.append(10);
  store.stop();
  store.save(older.path);
  store.start();
  store.append(10);
  store.stop();
  if (GENERATE(false, true)) store.restore_database(older.path);
  const std::string all = bytes_of(store.newest_segment());
  put_bytes(store.newest_segment(), all + record_of(all, 5));
  CHECK(newest_record(store.mirror())->size == 20);
  store.start();
  CHECK_THAT(store.news, Contains("out of its place"));
  CHECK(bytes_of(store.newest_segment()) == all);
  CHECK(store.is_whole(20));
  store.append(1);
  CHECK(store.is_whole(21));
}

TEST_CASE("a log and a mirror that contradict each other do not start") {
  Mirrored store;
  TempFolder older;
  store.start();
  store.append(20);
  store.stop();
  store.save(older.path);
  store.start();
  store.append(5);
  store.stop();
  const auto refused = [&](const std::string& why) {
    CHECK_THROWS_WITH(store.start(), Contains(why));
    store.stop();
    if (fs::file_size(store.database()) > 0)
      CHECK_THROWS_WITH(
          refuse_if_contradictory(*open_sqlite_reader(store.database()), store.mirror(), store.signer.verifier()),
          Contains(why));
  };
  SECTION("another log") {
    Mirrored another;
    another.start();
    another.log().append(std::vector{other(1, EntryKind::member)});
    const auto entries = GENERATE(std::uint64_t{24}, 30U, 10U);
    while (another.log().head().value < entries + 1)
      another.log().append(std::vector{report(another.log().head().value + 1)});
    another.stop();
    another.save(older.path);
    store.restore_database(older.path);
    refused("signed head");
  }
  SECTION("another key") {
    store.signer.key = wire::make_signing_key();
    refused("not of this log");
  }
  SECTION("another name") {
    store.signer.origin = "another.example";
    refused("not of this log");
  }
  SECTION("entries that are rotten here and missing there") {
    store.restore_database(older.path);
    std::string all = bytes_of(store.newest_segment());
    all[all.size() - 1500] ^= 4;
    put_bytes(store.newest_segment(), all);
    refused("rebuild");
  }
  SECTION("an end that is rotten, whatever the database has") {
    if (GENERATE(false, true)) store.restore_database(older.path);
    const auto from_end = GENERATE(std::size_t{10}, 200U, 350U, 2000U);  // checkpoint, entry, header, several records
    std::string all = bytes_of(store.newest_segment());
    all.replace(all.size() - from_end, 10, 10, '\0');
    if (from_end == 2000) all.resize(all.size() - 1000, '\0');
    put_bytes(store.newest_segment(), all + (from_end == 2000 ? std::string(1000, '\0') : ""));
    refused("may have been in it");
  }
  SECTION("an end that is another log's, out of its place") {
    const std::string all = bytes_of(store.newest_segment());
    const std::vector fork{report(25), report(26)};
    put_bytes(store.newest_segment(), all + encode_record(24, fork, "note\n"));
    refused("may have been in it");
  }
  SECTION("a mirror without a whole record") {
    put_bytes(store.newest_segment(), std::string(5000, 'x'));
    refused("no whole record");
  }
}
