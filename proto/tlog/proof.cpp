#include "proto/tlog/proof.h"

#include <algorithm>
#include <bit>

#include "proto/tlog/planted.h"

namespace noroshi::tlog {
namespace {

struct Range {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t size() const { return end - begin; }
};

// Where RFC 6962 cuts: the largest power of two smaller than the size, from the left. Precondition: size >= 2.
std::uint64_t middle(const Range& range) { return range.begin + std::bit_floor(range.size() - 1); }

// The hashes of `ranges`, which were found on the way down, from the leaves up.
Result<Proof> from_below(std::vector<Range> ranges, const HashReader& read) {
  std::reverse(ranges.begin(), ranges.end());
  Proof out;
  for (const Range& range : ranges) {
    const auto hash = range_hash(range.begin, range.end, read);
    if (!hash) return hash.problem();
    out.push_back(*hash);
  }
  return out;
}

// A node on the way from a leaf (or from the end of the older tree) to the root, as RFC 9162 walks it: `fn` is its index in
// its level, `sn` that of the last one of that level. A node without a right sibling is the same one level up.
struct Path {
  std::uint64_t fn = 0, sn = 0;

  bool at_root() const { return sn == 0; }
  bool sibling_is_left() const { return (fn & 1) != 0 || fn == sn; }
  void skip_while_alone() {
    while ((fn & 1) == 0 && fn != 0) up();
  }
  void up() { fn >>= 1, sn >>= 1; }
};

}  // namespace

Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, const HashReader& read) {
  if (size > kMaxTreeSize) return Fault::size_too_large;
  if (index >= size) return Fault::index_outside_tree;
  if (planted(Bug::proof_off_by_one) && size > 1) index = index == 0 ? 1 : index - 1;
  std::vector<Range> siblings;
  for (Range range{0, size}; range.size() > 1;) {
    const std::uint64_t mid = middle(range);
    if (index < mid) {
      siblings.push_back({mid, range.end});
      range.end = mid;
    } else {
      siblings.push_back({range.begin, mid});
      range.begin = mid;
    }
  }
  return from_below(std::move(siblings), read);
}

Result<Proof> consistency_proof(std::uint64_t old_size, std::uint64_t new_size, const HashReader& read) {
  if (old_size > kMaxTreeSize || new_size > kMaxTreeSize) return Fault::size_too_large;
  if (old_size > new_size) return Fault::sizes_reversed;
  if (old_size == 0) return Proof{};
  std::vector<Range> parts;
  Range range{0, new_size};
  while (range.end != old_size) {
    const std::uint64_t mid = middle(range);
    if (old_size <= mid) {
      parts.push_back({mid, range.end});
      range.end = mid;
    } else {
      parts.push_back({range.begin, mid});
      range.begin = mid;
    }
  }
  if (range.begin != 0) parts.push_back(range);  // else it is the older tree itself, whose root the reader knows
  return from_below(std::move(parts), read);
}

Fault verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& root, const Hash& leaf,
                       const Proof& proof) {
  if (size > kMaxTreeSize) return Fault::size_too_large;
  if (index >= size) return Fault::index_outside_tree;
  Path path{index, size - 1};
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (path.at_root()) return Fault::proof_length;
    if (path.sibling_is_left()) {
      hash = node_hash(sibling, hash);
      path.skip_while_alone();
    } else {
      hash = node_hash(hash, sibling);
    }
    path.up();
  }
  if (!path.at_root()) return Fault::proof_length;
  return hash == root ? Fault::none : Fault::root_mismatch;
}

Fault verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t new_size, const Hash& new_root,
                         const Proof& proof) {
  if (old_size > kMaxTreeSize || new_size > kMaxTreeSize) return Fault::size_too_large;
  if (old_size > new_size) return Fault::sizes_reversed;
  if (old_size == 0 && old_root != empty_root()) return Fault::old_root_mismatch;
  if (old_size == 0 || old_size == new_size) {
    if (!proof.empty()) return Fault::proof_length;
    return old_size == new_size && old_root != new_root ? Fault::root_mismatch : Fault::none;
  }
  Path path{old_size - 1, new_size - 1};
  while ((path.fn & 1) != 0) path.up();
  // An older tree that is one complete subtree is where the proof begins; else its last complete subtree is, given first.
  auto next = proof.begin();
  const bool complete = std::has_single_bit(old_size);
  if (!complete && next == proof.end()) return Fault::proof_length;
  Hash old_hash = complete ? old_root : *next++;
  Hash new_hash = old_hash;
  for (; next != proof.end(); ++next) {
    if (path.at_root()) return Fault::proof_length;
    if (path.sibling_is_left()) {
      old_hash = node_hash(*next, old_hash);
      new_hash = node_hash(*next, new_hash);
      path.skip_while_alone();
    } else {
      new_hash = node_hash(new_hash, *next);
    }
    path.up();
  }
  if (!path.at_root()) return Fault::proof_length;
  if (old_hash != old_root) return Fault::old_root_mismatch;
  return new_hash == new_root ? Fault::none : Fault::root_mismatch;
}

}  // namespace noroshi::tlog
