// What every log promises, run over every implementation.
#include <stdexcept>

#include "tests/contract/log_fixture.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::store;
using namespace noroshi::store::test;

namespace {

constexpr std::size_t kAllBytes = 64u << 20;
using Seqs = std::vector<std::uint64_t>;

void append(Log& log, const std::vector<NewEntry>& batch) { log.append(batch); }

// 1 member, 2 urgent, 3 batched, 4 posture, 5 batched, 6 digest, 7 member, 8 urgent
void append_mixture(Log& log) {
  append(log, {other(1, EntryKind::member), report(2), report(3, Lane::batched), other(4, EntryKind::posture)});
  append(log, {report(5, Lane::batched), other(6, EntryKind::digest), other(7, EntryKind::member), report(8)});
}

void check_same(const Entry& a, const Entry& b) {
  CHECK(a.seq == b.seq);
  CHECK(a.recorded_at == b.recorded_at);
  CHECK(a.kind == b.kind);
  CHECK(a.lane == b.lane);
  CHECK(a.salt == b.salt);
  CHECK(a.body == b.body);
  CHECK(a.leaf == b.leaf);
}

}  // namespace

#define FOR_EVERY_LOG()                                                       \
  const auto name = GENERATE(from_range(kSubjects.begin(), kSubjects.end())); \
  INFO("log: " << name);                                                      \
  const auto subject_ = subject(name);                                        \
  Log& log = subject_->log();                                                 \
  Reader& reader = subject_->reader()

TEST_CASE("an empty log") {
  FOR_EVERY_LOG();
  CHECK(log.head() == Seq{});
  CHECK(reader.head() == Seq{});
  CHECK(reader.read(Seq{1}, {}, {}).upto == Seq{});
  CHECK(reader.read(Seq{0}, {}, {}).upto == Seq{});
  CHECK(reader.read(Seq{9}, {}, {}).upto == Seq{8});
  CHECK(reader.seek(Micros{5}) == Seq{1});
  CHECK_FALSE(reader.find(report_id(1)));
  CHECK(reader.newest_report() == ReportId{});
  CHECK_FALSE(reader.last(EntryKind::report));
  CHECK_FALSE(reader.last(EntryKind::posture));
  append(log, {});
  CHECK(log.head() == Seq{});
}

TEST_CASE("what was appended is what a reader sees, at once") {
  FOR_EVERY_LOG();
  auto empty_body = other(3, EntryKind::posture);
  empty_body.entry.body.clear();
  empty_body.entry.leaf = report(3, Lane::urgent, 0).entry.leaf;
  const std::vector<NewEntry> batch{report(1), report(2, Lane::batched, 300'000), empty_body};
  append(log, batch);
  CHECK(log.head() == Seq{3});
  CHECK(reader.head() == Seq{3});
  const auto result = reader.read(Seq{1}, {}, {});
  REQUIRE(seqs(result) == Seqs{1, 2, 3});
  for (std::size_t i = 0; i < batch.size(); ++i) check_same(result.entries[i], batch[i].entry);
  append(log, {report(4)});
  CHECK(seqs(reader.read(Seq{4}, {}, {})) == Seqs{4});
}

TEST_CASE("reads: where they begin, what they filter, where they stop") {
  FOR_EVERY_LOG();
  append_mixture(log);
  using enum EntryKind;
  struct Row {
    const char* name;
    std::uint64_t from;
    Filter filter;
    std::size_t rows;
    Seqs expected;
    std::uint64_t upto;
  };
  const Row rows[] = {
      {"everything", 1, {}, 100, {1, 2, 3, 4, 5, 6, 7, 8}, 8},
      {"from zero is from the first", 0, {}, 100, {1, 2, 3, 4, 5, 6, 7, 8}, 8},
      {"from the middle", 5, {}, 100, {5, 6, 7, 8}, 8},
      {"the last", 8, {}, 100, {8}, 8},
      {"after the head", 9, {}, 100, {}, 8},
      {"far after the head", 20, {}, 100, {}, 19},
      {"reports", 1, {{EntryKind::report}, {}}, 100, {2, 3, 5, 8}, 8},
      {"urgent reports", 1, {{EntryKind::report}, Lane::urgent}, 100, {2, 8}, 8},
      {"batched reports", 1, {{EntryKind::report}, Lane::batched}, 100, {3, 5}, 8},
      {"a lane is of reports only", 1, {{}, Lane::batched}, 100, {1, 3, 4, 5, 6, 7}, 8},
      {"batched reports and digests", 1, {{EntryKind::report, digest}, Lane::batched}, 100, {3, 5, 6}, 8},
      {"members", 1, {{member}, {}}, 100, {1, 7}, 8},
      {"members and postures", 1, {{posture, member}, {}}, 100, {1, 4, 7}, 8},
      {"members from 2", 2, {{member}, {}}, 100, {7}, 8},
      {"a lane says nothing of members", 1, {{member}, Lane::batched}, 100, {1, 7}, 8},
      {"none matches, yet it advances", 1, {{access}, {}}, 100, {}, 8},
      {"rows bound what is looked at", 1, {{EntryKind::report}, Lane::batched}, 2, {}, 2},
      {"and the next read goes on", 3, {{EntryKind::report}, Lane::batched}, 2, {3}, 4},
      {"rows, all kinds", 3, {}, 3, {3, 4, 5}, 5},
      {"rows, exactly all", 1, {}, 8, {1, 2, 3, 4, 5, 6, 7, 8}, 8},
      {"rows of kinds found by index", 1, {{member}, {}}, 1, {1}, 6},
      {"exactly as many as there are", 1, {{member}, {}}, 2, {1, 7}, 8},
      {"two kinds, cut", 1, {{member, posture}, {}}, 2, {1, 4}, 6},
      {"two kinds, far after the head", 20, {{member, posture}, {}}, 2, {}, 19},
      {"no rows, no progress", 3, {}, 0, {}, 2},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const auto result = reader.read(Seq{row.from}, row.filter, Limit{row.rows, kAllBytes});
    CHECK(seqs(result) == row.expected);
    CHECK(result.upto == Seq{row.upto});
  }
}

TEST_CASE("the limit of bytes") {
  FOR_EVERY_LOG();
  append(log, {report(1, Lane::urgent, 500), report(2, Lane::batched, 900), report(3, Lane::urgent, 500),
               report(4, Lane::urgent, 10)});
  const auto read = [&](std::uint64_t from, std::size_t bytes) {
    return reader.read(Seq{from}, {{}, Lane::urgent}, {100, bytes});
  };
  CHECK(seqs(read(1, 1000)) == Seqs{1, 3});
  CHECK(read(1, 1000).upto == Seq{3});
  CHECK(seqs(read(1, 999)) == Seqs{1});
  CHECK(read(1, 999).upto == Seq{2});  // 2 was looked at: it does not match and costs nothing
  CHECK(seqs(read(1, 1)) == Seqs{1});  // one at least, or nobody would ever get on
  CHECK(seqs(read(3, 0)) == Seqs{3});
  CHECK(seqs(read(1, 1010)) == Seqs{1, 3, 4});
}

TEST_CASE("a cursor that follows upto meets every entry once, whatever the limits") {
  FOR_EVERY_LOG();
  append_mixture(log);
  for (const Filter& filter :
       {Filter{}, Filter{{EntryKind::report}, Lane::batched}, Filter{{EntryKind::member, EntryKind::digest}, {}}})
    for (std::size_t rows = 1; rows <= 9; ++rows)
      for (const std::size_t bytes : {1u, 50u, 1000u}) {
        Seqs met;
        Seq cursor{};
        for (int turn = 0; turn < 20 && cursor < Seq{8}; ++turn) {
          const auto result = reader.read(next(cursor), filter, {rows, bytes});
          REQUIRE(result.upto > cursor);
          for (const auto seq : seqs(result)) met.push_back(seq);
          cursor = result.upto;
        }
        CHECK(met == seqs(reader.read(Seq{1}, filter, {100, kAllBytes})));
      }
}

TEST_CASE("the newest report is the one with the largest id, as it was written") {
  FOR_EVERY_LOG();
  append(log, {report(1), report(2), other(3, EntryKind::posture)});
  CHECK(reader.newest_report() == std::max(report_id(1), report_id(2)));
  append(log, {report(4)});
  CHECK(reader.newest_report() == std::max(report_id(4), std::max(report_id(1), report_id(2))));
}

TEST_CASE("find") {
  FOR_EVERY_LOG();
  append_mixture(log);
  REQUIRE(reader.find(report_id(5)));
  check_same(*reader.find(report_id(5)), report(5, Lane::batched).entry);
  CHECK_FALSE(reader.find(report_id(6)));
  CHECK_FALSE(reader.find(ReportId{""}));
  CHECK_FALSE(reader.find(ReportId{"no id at all"}));
}

TEST_CASE("seek") {
  FOR_EVERY_LOG();
  append(log, {at(report(1), 100), at(report(2), 200), at(report(3), 200), at(report(4), 200), at(report(5), 300)});
  struct Row {
    std::int64_t at;
    std::uint64_t expected;
  };
  for (const Row& row : {Row{-1, 1}, Row{100, 1}, Row{101, 2}, Row{200, 2}, Row{201, 5}, Row{300, 5}, Row{301, 6}}) {
    INFO("at " << row.at);
    CHECK(reader.seek(Micros{row.at}) == Seq{row.expected});
  }
}

TEST_CASE("columns: entries without their bodies") {
  FOR_EVERY_LOG();
  CHECK(reader.columns(Seq{1}, 10).empty());
  append_mixture(log);
  const std::vector<Entry> three = reader.columns(Seq{3}, 3);
  REQUIRE(three.size() == 3);
  for (std::size_t i = 0; i < three.size(); ++i) {
    Entry whole = reader.read(Seq{3 + i}, {}, {1, kAllBytes}).entries.at(0);
    whole.body.clear();
    check_same(three[i], whole);
  }
  CHECK(reader.columns(Seq{7}, 10).size() == 2);
  CHECK(reader.columns(Seq{9}, 10).empty());
  CHECK(reader.columns(Seq{1}, 0).empty());
}

TEST_CASE("last") {
  FOR_EVERY_LOG();
  append_mixture(log);
  CHECK(reader.last(EntryKind::member)->seq == Seq{7});
  CHECK(reader.last(EntryKind::posture)->seq == Seq{4});
  CHECK(reader.last(EntryKind::report)->seq == Seq{8});
  CHECK_FALSE(reader.last(EntryKind::receipt));
  check_same(*reader.last(EntryKind::posture), other(4, EntryKind::posture).entry);
}

TEST_CASE("a broken precondition is a bug of the caller and changes nothing") {
  FOR_EVERY_LOG();
  append(log, {report(1), report(2)});
  const auto with = [](NewEntry item, auto change) {
    change(item);
    return item;
  };
  const std::vector<std::pair<std::string, std::vector<NewEntry>>> rows{
      {"a gap", {report(4)}},
      {"a sequence again", {report(2)}},
      {"sequence zero", {report(0)}},
      {"a gap inside the batch", {report(3), report(5)}},
      {"time goes back", {at(report(3), 1999)}},
      {"time goes back inside the batch", {at(report(3), 5000), at(report(4), 4999)}},
      {"a leaf of another body", {with(report(3), [](NewEntry& i) { i.entry.body += '!'; })}},
      {"a report id again", {with(report(3), [](NewEntry& i) { i.report = report_id(1); })}},
      {"a report id twice in the batch", {report(3), with(report(4), [](NewEntry& i) { i.report = report_id(3); })}},
      {"a report without an id", {with(report(3), [](NewEntry& i) { i.report = ReportId{}; })}},
      {"an upper-case id", {with(report(3), [](NewEntry& i) { i.report.value[3] = 'F'; })}},
      {"a member with a report id", {with(other(3, EntryKind::member), [](NewEntry& i) { i.report = report_id(3); })}},
      {"a member in the batched lane",
       {with(other(3, EntryKind::member), [](NewEntry& i) { i.entry.lane = Lane::batched; })}},
      {"no kind", {with(report(3), [](NewEntry& i) { i.entry.kind = EntryKind{}; })}},
      {"no lane", {with(report(3), [](NewEntry& i) { i.entry.lane = Lane{}; })}},
  };
  for (const auto& [what, batch] : rows) {
    INFO(what);
    CHECK_THROWS_AS(append(log, batch), std::logic_error);
    CHECK(log.head() == Seq{2});
    CHECK(reader.head() == Seq{2});
    CHECK_FALSE(reader.find(report_id(3)));
  }
  append(log, {report(3)});  // and the log goes on
  CHECK(reader.head() == Seq{3});
  append(log, {at(report(4), 3000)});  // the same time is not earlier
}

TEST_CASE("a damaged body is refused by name and never returned") {
  FOR_EVERY_LOG();
  append_mixture(log);
  subject_->damage(Seq{5});
  subject_->damage(Seq{7});
  using Catch::Matchers::Contains;
  CHECK(seqs(reader.read(Seq{1}, {}, {4, kAllBytes})) == Seqs{1, 2, 3, 4});
  CHECK_THROWS_WITH(reader.read(Seq{1}, {}, {}), Contains("entry 5"));
  CHECK_THROWS_AS(reader.read(Seq{5}, {}, {}), StorageError);
  CHECK_THROWS_WITH(reader.find(report_id(5)), Contains("entry 5"));
  CHECK_THROWS_WITH(reader.last(EntryKind::member), Contains("entry 7"));
  CHECK_THROWS_WITH(reader.read(Seq{1}, {{EntryKind::member}, {}}, {}), Contains("entry 7"));
  CHECK(reader.find(report_id(8)));
  CHECK(reader.head() == Seq{8});
}
