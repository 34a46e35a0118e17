// The tree that every log keeps over its entries, against the definition of RFC 6962, section 2.1, written down once more.
#include <bit>
#include <span>

#include "broker/store/sqlite_log.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/wire/signing.h"
#include "tests/contract/log_fixture.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::store;
using namespace noroshi::store::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::uint64_t kMost = 200;  // subtrees of 128 leaves, and every kind of ragged end

std::string text(const Hash& hash) { return {hash.begin(), hash.end()}; }

Hash naive_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return wire::sha256({});
  if (leaves.size() == 1) return leaves[0];
  const std::size_t left = std::bit_floor(leaves.size() - 1);
  return wire::sha256("\x01", text(naive_root(leaves.first(left))) + text(naive_root(leaves.subspan(left))));
}

std::vector<Hash> leaves(std::uint64_t count) {
  std::vector<Hash> out;
  for (std::uint64_t seq = 1; seq <= count; ++seq) {
    const Entry entry = report(seq).entry;
    const auto data = wire::leaf_data(entry.seq, entry.recorded_at, 1, entry.leaf);
    out.push_back(wire::sha256(std::string_view("\0", 1), {reinterpret_cast<const char*>(data.data()), data.size()}));
  }
  return out;
}

void append(Log& log, std::uint64_t upto, std::uint64_t each) {
  while (log.head().value < upto) {
    std::vector<NewEntry> batch;
    for (std::uint64_t seq = log.head().value + 1; seq <= upto && batch.size() < each; ++seq)
      batch.push_back(report(seq));
    log.append(batch);
  }
}

// Every node that a tree of this size has, and none that it does not have.
bool is_the_tree(Log& log, Reader& reader, std::uint64_t size) {
  const auto all = leaves(size);
  if (log.tree().size() != size || log.tree().root() != naive_root(all)) return false;
  for (int level = 0; level <= 9; ++level) {
    const std::uint64_t width = std::uint64_t{1} << level;
    for (std::uint64_t index = 0; index <= size / width; ++index) {
      const auto hash = reader.tree_hash({level, index});
      const bool there = (index + 1) * width <= size;
      if (hash.has_value() != there) return false;
      if (there && *hash != naive_root(std::span(all).subspan(index * width, width))) return false;
    }
  }
  return !reader.tree_hash({62, 1}) && !reader.tree_hash({63, 0}) && !reader.tree_hash({-1, 0}) &&
         !reader.tree_hash({0, ~std::uint64_t{0}});
}

}  // namespace

TEST_CASE("the tree is the one of the RFC, whatever the batches, and stays so over a restart") {
  const auto name = GENERATE(from_range(kSubjects.begin(), kSubjects.end()));
  const auto each = GENERATE(std::uint64_t{1}, 7U, 16U, 200U);
  INFO(name << ", batches of " << each);
  const auto subject_ = subject(name);
  CHECK(is_the_tree(subject_->log(), subject_->reader(), 0));
  for (const std::uint64_t size : {1U, 2U, 15U, 16U, 17U, 31U, 32U, 33U, 63U, 64U, 100U, 128U, 199U}) {
    append(subject_->log(), size, each);
    CHECK(is_the_tree(subject_->log(), subject_->reader(), size));
  }
  subject_->reopen();
  CHECK(is_the_tree(subject_->log(), subject_->reader(), 199));
  append(subject_->log(), kMost, each);
  CHECK(is_the_tree(subject_->log(), subject_->reader(), kMost));
  // What every proof is made from is right, too.
  const auto read = [&](tlog::Node node) { return subject_->reader().tree_hash(node); };
  CHECK(*tlog::root(77, read) == naive_root(leaves(77)));
}

TEST_CASE("a batch that is refused leaves the tree as it was") {
  const auto name = GENERATE(from_range(kSubjects.begin(), kSubjects.end()));
  const auto subject_ = subject(name);
  append(subject_->log(), 31, 31);
  CHECK_THROWS_AS(subject_->log().append(std::vector{report(32), report(34)}), std::logic_error);
  CHECK(is_the_tree(subject_->log(), subject_->reader(), 31));
}

TEST_CASE("a log of a version without a tree gets one, and is read before it has") {
  TempFolder folder;
  const auto file = folder.path / "log.db";
  append(*std::make_unique<SqliteLog>(file), 100, 30);
  const auto before = ask_sql(file, "SELECT hex(hash) FROM tree ORDER BY position");
  run_sql(file, "DROP TABLE tree; DROP INDEX entries_witness; " + kFormerIndex + " PRAGMA user_version = 2");
  const auto all = leaves(100);
  CHECK(*open_sqlite_reader(file)->tree_hash({6, 0}) == naive_root(std::span(all).first(64)));
  SECTION("the same as if it had always been there") {
    SqliteLog log(file, IfMissing::refuse);
    CHECK(ask_sql(file, "SELECT hex(hash) FROM tree ORDER BY position") == before);
    CHECK(is_the_tree(log, *open_sqlite_reader(file), 100));
  }
  SECTION("but not over damage") {
    run_sql(file, "UPDATE entries SET recorded_at = recorded_at + 1 WHERE seq = 40");
    CHECK_THROWS_WITH(SqliteLog(file, IfMissing::refuse), Contains("entry 40"));
    CHECK(ask_sql(file, "PRAGMA user_version") == "2");
  }
  SECTION("nor over a gap") {
    run_sql(file, "DELETE FROM entries WHERE seq = 40");
    CHECK_THROWS_WITH(SqliteLog(file, IfMissing::refuse), Contains("entry 40"));
  }
}

TEST_CASE("a node that rotted is named, not served") {
  const std::string sql = GENERATE(as<std::string>{}, "UPDATE tree SET hash = zeroblob(32) WHERE position = 0",
                                   "UPDATE tree SET hash = zeroblob(3) WHERE position = 0",
                                   "UPDATE tree SET node_check = node_check + 1 WHERE position = 0",
                                   "UPDATE tree SET hash = (SELECT hash FROM tree WHERE position = 1), node_check = "
                                   "(SELECT node_check FROM tree WHERE position = 1) WHERE position = 0",
                                   "DELETE FROM tree WHERE position = 0");
  INFO(sql);
  TempFolder folder;
  const auto file = folder.path / "log.db";
  append(*std::make_unique<SqliteLog>(file), 40, 40);
  run_sql(file, sql);
  CHECK_THROWS_WITH(open_sqlite_reader(file)->tree_hash({4, 0}), Contains("entry 16"));
  CHECK(open_sqlite_reader(file)->tree_hash({4, 1}));
}
