// The Merkle tree of RFC 6962, section 2.1, over SHA-256: its hashes, its growth, its root.
//
// What is stored is the complete subtrees, by their coordinates: Node{level, index} is the hash over the 2^level leaves from
// leaf index * 2^level on. Such a hash never changes once it exists. A tree of n leaves has fewer than 2n of them; a root
// or a proof is made from O(log n), and the hashes of tile L (C2SP tlog-tiles) are simply those of level 8 * L.
//
// Pure; any thread, but a Frontier has one owner. Leaves count from 0 here: the entry of sequence s is leaf s - 1.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "proto/tlog/fault.h"
#include "proto/types/ids.h"

namespace noroshi::tlog {

// What a signed 64-bit integer holds: Go's verifiers and SQLite have nothing larger.
inline constexpr std::uint64_t kMaxTreeSize = (std::uint64_t{1} << 63) - 1;

Hash leaf_hash(std::string_view data);                // SHA-256(0x00 || data)
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(0x01 || left || right)
Hash empty_root();                                    // SHA-256 of nothing
inline std::string_view octets(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

// Where a complete subtree stands.
struct Node {
  int level = 0;            // 0: a leaf
  std::uint64_t index = 0;  // among those of its level
  friend auto operator<=>(const Node&, const Node&) = default;
};

struct StoredHash {
  Node node;
  Hash hash{};
  friend bool operator==(const StoredHash&, const StoredHash&) = default;
};

// The hash of a complete subtree; nullopt: not there, which ends what was being computed with Fault::hash_missing.
using HashReader = std::function<std::optional<Hash>(Node)>;

// The right edge of a growing tree: at most 63 hashes, cheap to copy.
class Frontier {
 public:
  Frontier() = default;
  // Reads one hash for each bit that is set in `size`. Faults: size_too_large, hash_missing.
  static Result<Frontier> restore(std::uint64_t size, const HashReader& read);

  // The complete subtrees that this leaf completes, itself first: what is to be stored. Amortised two.
  // Precondition: size() < kMaxTreeSize.
  std::vector<StoredHash> append(const Hash& leaf);

  std::uint64_t size() const { return size_; }
  Hash root() const;  // of an empty tree: empty_root()

  friend bool operator==(const Frontier&, const Frontier&) = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;  // of the complete subtrees that make up the tree, from left to right, large to small
};

// What appending `leaf` would store; the frontier stays as it is.
std::vector<StoredHash> stored_hashes_for(Frontier frontier, const Hash& leaf);

// Faults: size_too_large, hash_missing.
Result<Hash> root(std::uint64_t size, const HashReader& read);

// The hash over the leaves [begin, end), where the tree of `end` leaves has a subtree of exactly these. Faults: hash_missing.
// Precondition: begin < end <= kMaxTreeSize, and 2^k divides begin for the smallest 2^k >= end - begin.
Result<Hash> range_hash(std::uint64_t begin, std::uint64_t end, const HashReader& read);

}  // namespace noroshi::tlog
