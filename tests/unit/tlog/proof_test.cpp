#include "proto/tlog/proof.h"

#include <random>

#include "tests/support/catch.h"
#include "tests/unit/tlog/reference.h"

using namespace noroshi;
using namespace noroshi::tlog;
using namespace noroshi::test;

namespace {

Proof proof_of(const PublishedProof& published) {
  Proof out;
  for (const std::string& hex : published.hashes) out.push_back(hash_of_hex(hex));
  return out;
}

// Calls `check` with everything that is this proof but for one bit.
template <class Check>
void each_bit_of(const Proof& proof, Check check) {
  for (std::size_t at = 0; at < proof.size(); ++at)
    for (std::size_t bit = 0; bit < 256; ++bit) {
      Proof other = proof;
      other[at][bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      check(other);
    }
}

template <class Check>
void each_bit_of(const Hash& hash, Check check) {
  each_bit_of(Proof{hash}, [&](const Proof& other) { check(other.front()); });
}

// Everything that has too few or too many hashes: `known` ones, or one of the proof once more.
template <class Check>
void each_other_length_of(const Proof& proof, const Hash& known, Check check) {
  for (std::size_t size = 0; size < proof.size(); ++size) {
    check({proof.begin(), proof.begin() + static_cast<std::ptrdiff_t>(size)});
    check({proof.end() - static_cast<std::ptrdiff_t>(size), proof.end()});
  }
  for (std::size_t at = 0; at <= proof.size(); ++at)
    for (const Hash& added : {known, at < proof.size() ? proof[at] : empty_root()}) {
      Proof longer = proof;
      longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(at), added);
      check(longer);
    }
  Proof endless = proof;
  endless.resize(1000);
  check(endless);
}

// A tree of any size, consistent in itself: all of its leaves are alike.
Hash of_uniform_tree(Node node) {
  static const std::vector<Hash> levels = [] {
    std::vector<Hash> out{leaf_hash("the same")};
    while (out.size() < 64) out.push_back(node_hash(out.back(), out.back()));
    return out;
  }();
  return levels.at(static_cast<std::size_t>(node.level));
}

}  // namespace

TEST_CASE("inclusion: the published proofs") {
  const Stored stored(ct_leaves());
  for (const PublishedProof& each : ct_inclusion_proofs()) {
    INFO(each.first << " in " << each.second);
    const auto proof = inclusion_proof(each.first, each.second, stored.reader());
    REQUIRE(proof);
    CHECK(*proof == proof_of(each));
    CHECK(verify_inclusion(each.first, each.second, ct_roots()[each.second], leaf_hash(ct_leaves()[each.first]),
                           proof_of(each)) == Fault::none);
  }
}

TEST_CASE("consistency: the published proofs") {
  const Stored stored(ct_leaves());
  for (const PublishedProof& each : ct_consistency_proofs()) {
    INFO(each.first << " to " << each.second);
    const auto proof = consistency_proof(each.first, each.second, stored.reader());
    REQUIRE(proof);
    CHECK(*proof == proof_of(each));
    CHECK(verify_consistency(each.first, ct_roots()[each.first], each.second, ct_roots()[each.second],
                             proof_of(each)) == Fault::none);
  }
}

TEST_CASE("inclusion: every leaf of every tree up to 70 leaves") {
  const Leaves leaves = some_leaves(70);
  const Stored stored(leaves);
  for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
    const Leaves tree = first(leaves, size);
    const Hash top = mth(tree);
    for (std::uint64_t index = 0; index < size; ++index) {
      INFO(index << " in " << size);
      const auto proof = inclusion_proof(index, size, stored.reader());
      REQUIRE(proof);
      REQUIRE(*proof == path(index, tree));
      const Hash leaf = leaf_hash(tree[index]);
      REQUIRE(verify_inclusion(index, size, top, leaf, *proof) == Fault::none);
      for (std::uint64_t other = 0; other < size; ++other)
        if (other != index) {
          REQUIRE(verify_inclusion(other, size, top, leaf, *proof) != Fault::none);
          REQUIRE(verify_inclusion(index, size, top, leaf_hash(tree[other]), *proof) == Fault::root_mismatch);
        }
      each_other_length_of(*proof, top, [&](const Proof& wrong) {
        REQUIRE(verify_inclusion(index, size, top, leaf, wrong) == Fault::proof_length);
      });
    }
    REQUIRE(inclusion_proof(size, size, stored.reader()).fault() == Fault::index_outside_tree);
    REQUIRE(verify_inclusion(size, size, top, top, {}) == Fault::index_outside_tree);
  }
}

TEST_CASE("consistency: every pair of trees up to 70 leaves") {
  const Leaves leaves = some_leaves(70);
  const Stored stored(leaves);
  Hashes roots;
  for (std::uint64_t size = 0; size <= leaves.size(); ++size) roots.push_back(mth(first(leaves, size)));
  for (std::uint64_t now = 0; now <= leaves.size(); ++now)
    for (std::uint64_t old = 0; old <= now; ++old) {
      INFO(old << " to " << now);
      const auto proof = consistency_proof(old, now, stored.reader());
      REQUIRE(proof);
      REQUIRE(*proof == (old == 0 ? Proof{} : consistency(old, first(leaves, now))));
      REQUIRE(verify_consistency(old, roots[old], now, roots[now], *proof) == Fault::none);
      for (std::uint64_t other = 0; other <= leaves.size(); ++other) {
        if (other != old) REQUIRE(verify_consistency(old, roots[other], now, roots[now], *proof) != Fault::none);
        // From the empty tree everything follows.
        if (other != now && old != 0)
          REQUIRE(verify_consistency(old, roots[old], now, roots[other], *proof) != Fault::none);
      }
      each_other_length_of(*proof, roots[now], [&](const Proof& wrong) {
        REQUIRE(verify_consistency(old, roots[old], now, roots[now], wrong) == Fault::proof_length);
      });
      if (old != now) REQUIRE(consistency_proof(now, old, stored.reader()).fault() == Fault::sizes_reversed);
      if (old != now) REQUIRE(verify_consistency(now, roots[now], old, roots[old], *proof) == Fault::sizes_reversed);
    }
}

TEST_CASE("proofs: not one bit may differ") {
  const Leaves leaves = some_leaves(21);
  const Stored stored(leaves);
  for (const std::uint64_t size : {1u, 2u, 3u, 7u, 8u, 13u, 21u}) {
    const Hash top = mth(first(leaves, size));
    for (std::uint64_t at = 0; at < size; ++at) {
      INFO(at << ", " << size);
      const Proof inclusion = inclusion_proof(at, size, stored.reader()).take();
      const Hash leaf = leaf_hash(leaves[at]);
      each_bit_of(inclusion, [&](const Proof& other) {
        REQUIRE(verify_inclusion(at, size, top, leaf, other) == Fault::root_mismatch);
      });
      each_bit_of(top, [&](const Hash& other) {
        REQUIRE(verify_inclusion(at, size, other, leaf, inclusion) == Fault::root_mismatch);
      });
      each_bit_of(leaf, [&](const Hash& other) {
        REQUIRE(verify_inclusion(at, size, top, other, inclusion) == Fault::root_mismatch);
      });
      if (at == 0) continue;
      const Proof consistency = consistency_proof(at, size, stored.reader()).take();
      const Hash old = mth(first(leaves, at));
      each_bit_of(consistency,
                  [&](const Proof& other) { REQUIRE(verify_consistency(at, old, size, top, other) != Fault::none); });
      each_bit_of(top, [&](const Hash& other) {
        REQUIRE(verify_consistency(at, old, size, other, consistency) != Fault::none);
      });
      each_bit_of(old, [&](const Hash& other) {
        REQUIRE(verify_consistency(at, other, size, top, consistency) != Fault::none);
      });
    }
  }
}

TEST_CASE("proofs: random trees up to 10,000 leaves, in few reads") {
  const Leaves leaves = some_leaves(10'000, 3);
  const Stored stored(leaves);
  std::mt19937 dice(9);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t size = 1 + dice() % leaves.size(), index = dice() % size;
    INFO(index << ", " << size);
    const Hash top = root(size, stored.reader()).take();
    stored.reads = 0;
    const Proof inclusion = inclusion_proof(index, size, stored.reader()).take();
    CHECK(stored.reads <= 2 * 14);  // 14 levels
    REQUIRE(verify_inclusion(index, size, top, leaf_hash(leaves[index]), inclusion) == Fault::none);
    const Hash old = root(index, stored.reader()).take();
    stored.reads = 0;
    const Proof consistency = consistency_proof(index, size, stored.reader()).take();
    CHECK(stored.reads <= 2 * 14);
    REQUIRE(verify_consistency(index, old, size, top, consistency) == Fault::none);
    if (i < 5) CHECK(inclusion == path(index, first(leaves, size)));
  }
}

TEST_CASE("proofs: trees up to 2^63 - 1 leaves") {
  const HashReader read = [](Node node) { return std::optional(of_uniform_tree(node)); };
  std::vector<std::uint64_t> sizes{1, 2, 3, 1000, kMaxTreeSize - 1, kMaxTreeSize};
  for (int power = 10; power < 63; power += 4)
    for (const int near : {-1, 0, 1}) sizes.push_back((std::uint64_t{1} << power) + static_cast<std::uint64_t>(near));
  for (const std::uint64_t size : sizes) {
    const Hash top = root(size, read).take();
    for (const std::uint64_t at : sizes) {
      INFO(at << ", " << size);
      if (at < size) {
        const Proof proof = inclusion_proof(at, size, read).take();
        CHECK(proof.size() <= 63);
        CHECK(verify_inclusion(at, size, top, of_uniform_tree({0, at}), proof) == Fault::none);
        CHECK(verify_inclusion(at, size, top, leaf_hash("another"), proof) == Fault::root_mismatch);
      }
      if (at <= size) {
        const Proof proof = consistency_proof(at, size, read).take();
        CHECK(proof.size() <= 64);
        CHECK(verify_consistency(at, root(at, read).take(), size, top, proof) == Fault::none);
      }
    }
  }
}

TEST_CASE("proofs: hostile sizes and a reader without hashes") {
  const HashReader nothing = [](Node) { return std::nullopt; };
  const Hash any = leaf_hash("any");
  const Proof long_proof(70, any);
  for (const std::uint64_t huge : {kMaxTreeSize + 1, kMaxTreeSize + 2, ~std::uint64_t{0}}) {
    CHECK(inclusion_proof(0, huge, nothing).fault() == Fault::size_too_large);
    CHECK(consistency_proof(1, huge, nothing).fault() == Fault::size_too_large);
    CHECK(consistency_proof(huge, huge, nothing).fault() == Fault::size_too_large);
    for (const Proof& proof : {Proof{}, long_proof}) {
      CHECK(verify_inclusion(0, huge, any, any, proof) == Fault::size_too_large);
      CHECK(verify_inclusion(huge, kMaxTreeSize, any, any, proof) == Fault::index_outside_tree);
      CHECK(verify_consistency(huge, any, huge, any, proof) == Fault::size_too_large);
      CHECK(verify_consistency(0, empty_root(), huge, any, proof) == Fault::size_too_large);
    }
  }
  CHECK(inclusion_proof(3, 7, nothing).fault() == Fault::hash_missing);
  CHECK(consistency_proof(3, 7, nothing).fault() == Fault::hash_missing);
  CHECK(inclusion_proof(0, 0, nothing).fault() == Fault::index_outside_tree);
  CHECK(verify_inclusion(0, 0, empty_root(), any, {}) == Fault::index_outside_tree);
  CHECK(verify_inclusion(kMaxTreeSize - 1, kMaxTreeSize, any, any, long_proof) == Fault::proof_length);
  CHECK(verify_consistency(0, any, 5, any, {}) == Fault::old_root_mismatch);
  CHECK(verify_consistency(5, any, 5, leaf_hash("other"), {}) == Fault::root_mismatch);
}
