#include "proto/tlog/tree.h"

#include <random>

#include "proto/tlog/entry_leaf.h"
#include "tests/support/catch.h"
#include "tests/unit/tlog/reference.h"

using namespace noroshi;
using namespace noroshi::tlog;
using namespace noroshi::test;

TEST_CASE("tree: the published one of Certificate Transparency") {
  Frontier frontier;
  CHECK(frontier.root() == ct_roots()[0]);
  for (std::size_t i = 0; i < ct_leaves().size(); ++i) {
    frontier.append(leaf_hash(ct_leaves()[i]));
    CHECK(frontier.size() == i + 1);
    CHECK(frontier.root() == ct_roots()[i + 1]);
    CHECK(mth(first(ct_leaves(), i + 1)) == ct_roots()[i + 1]);  // the tests' own definition
  }
  CHECK(Stored(ct_leaves()).hashes() == ct_nodes());
}

TEST_CASE("tree: the leaf of an entry") {
  Entry entry;
  entry.seq = Seq{0x0102030405060708};
  entry.recorded_at = Micros{0x1112131415161718};
  entry.kind = EntryKind::digest;
  entry.leaf.fill(0xEE);
  const std::string data = wire::from_hex("0102030405060708111213141516171805" + std::string(64, 'e')).value();
  CHECK(leaf_data(entry) == data);
  CHECK(leaf_hash(entry) == wire::sha256(std::string(1, '\0') + data));
}

TEST_CASE("tree: every size up to 70 is what the definition says, however it is arrived at") {
  const Leaves leaves = some_leaves(70);
  const Stored stored(leaves);
  Frontier frontier;
  std::size_t stored_count = 0;
  for (std::uint64_t size = 0; size <= leaves.size(); ++size) {
    const Hash expected = mth(first(leaves, size));
    CHECK(frontier.root() == expected);
    const auto read = root(size, stored.reader());
    REQUIRE(read);
    CHECK(*read == expected);
    const auto restored = Frontier::restore(size, stored.reader());
    REQUIRE(restored);
    CHECK(*restored == frontier);
    if (size == leaves.size()) break;
    const Frontier before = frontier;
    const auto completes = stored_hashes_for(frontier, leaf_hash(leaves[size]));
    CHECK(frontier == before);
    CHECK(frontier.append(leaf_hash(leaves[size])) == completes);
    for (const StoredHash& each : completes) {
      const std::uint64_t begin = each.node.index << each.node.level, end = (each.node.index + 1) << each.node.level;
      CHECK(end == size + 1);
      CHECK(each.hash == mth({leaves.begin() + static_cast<std::ptrdiff_t>(begin),
                              leaves.begin() + static_cast<std::ptrdiff_t>(end)}));
    }
    stored_count += completes.size();
  }
  CHECK(stored_count == stored.hashes().size());  // none is stored twice
  CHECK(stored_count < 2 * leaves.size());
}

TEST_CASE("tree: random ones up to 10,000 leaves") {
  const Leaves leaves = some_leaves(10'000, 7);
  const Stored stored(leaves);
  CHECK(stored.frontier().root() == mth(leaves));
  std::mt19937 dice(20'26);
  for (int i = 0; i < 12; ++i) {
    const std::uint64_t size = dice() % leaves.size();
    INFO(size);
    const auto read = root(size, stored.reader());
    REQUIRE(read);
    CHECK(*read == mth(first(leaves, size)));
    // A restored frontier grows like one that was never away.
    auto frontier = Frontier::restore(size, stored.reader()).take();
    for (std::uint64_t at = size; at < leaves.size(); ++at) frontier.append(leaf_hash(leaves[at]));
    CHECK(frontier == stored.frontier());
  }
}

TEST_CASE("tree: what is not stored is said, and sizes past 2^63 - 1 are refused") {
  const HashReader nothing = [](Node) { return std::nullopt; };
  CHECK(root(1, nothing).fault() == Fault::hash_missing);
  CHECK(*root(0, nothing) == empty_root());
  CHECK(Frontier::restore(7, nothing).fault() == Fault::hash_missing);
  const HashReader anything = [](Node node) {
    CHECK(node.level < 63);
    return std::optional<Hash>(Hash{});
  };
  CHECK(root(kMaxTreeSize, anything));
  for (const std::uint64_t size : {kMaxTreeSize + 1, ~std::uint64_t{0}})
    CHECK(root(size, anything).fault() == Fault::size_too_large);
  auto full = Frontier::restore(kMaxTreeSize, anything).take();
  CHECK_THROWS(full.append(Hash{}));
  auto nearly = Frontier::restore(kMaxTreeSize - 1, anything).take();
  CHECK(nearly.append(Hash{}).size() == 1);
}
