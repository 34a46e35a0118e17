// Proofs over the tree of RFC 6962, sections 2.1.1 and 2.1.2: that a leaf is in a tree, and that one tree is the beginning
// of another. Made as that RFC defines them, checked by the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
//
// A proof holds for the size it is checked with, and that size must come from a signed checkpoint: by itself a proof
// does not bind it. Sizes and indexes may be anything; those past kMaxTreeSize are refused. Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "proto/tlog/tree.h"

namespace noroshi::tlog {

using Proof = std::vector<Hash>;  // at most 63 hashes, from the leaves towards the root

// Faults: size_too_large, index_outside_tree, hash_missing. O(log size) reads.
Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, const HashReader& read);

// Between equal trees, and from the empty one, the proof is empty. Faults: size_too_large, sizes_reversed, hash_missing.
Result<Proof> consistency_proof(std::uint64_t old_size, std::uint64_t new_size, const HashReader& read);

// Fault::none: the tree of this size and root has this leaf at this index.
// Else size_too_large, index_outside_tree, proof_length, root_mismatch.
[[nodiscard]] Fault verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& root, const Hash& leaf,
                                     const Proof& proof);

// Fault::none: the older tree is the beginning of the newer one.
// Else size_too_large, sizes_reversed, proof_length, old_root_mismatch, root_mismatch.
[[nodiscard]] Fault verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t new_size,
                                       const Hash& new_root, const Proof& proof);

}  // namespace noroshi::tlog
