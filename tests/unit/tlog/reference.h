// The tree as RFC 6962, section 2.1, defines it: word for word, over all leaves, without a thought for speed. And the trees
// that others have published. Shares nothing with proto/tlog but the type of a hash.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "proto/tlog/tree.h"

namespace noroshi::test {

using Leaves = std::vector<std::string>;
using Hashes = std::vector<Hash>;

Hash hash_of_hex(const std::string& hex);

Hash mth(const Leaves& leaves);                                    // section 2.1
Hashes path(std::uint64_t index, const Leaves& leaves);            // section 2.1.1
Hashes consistency(std::uint64_t old_size, const Leaves& leaves);  // section 2.1.2, old_size > 0
Leaves first(const Leaves& leaves, std::uint64_t size);

// Leaves of different lengths, none like another.
Leaves some_leaves(std::size_t count, unsigned seed = 1);

// The library's tree over some leaves, with its stored hashes.
class Stored {
 public:
  explicit Stored(const Leaves& leaves);
  tlog::HashReader reader() const;  // lives no longer than this
  const tlog::Frontier& frontier() const { return frontier_; }
  const std::map<tlog::Node, Hash>& hashes() const { return hashes_; }
  mutable std::size_t reads = 0;

 private:
  tlog::Frontier frontier_;
  std::map<tlog::Node, Hash> hashes_;
};

// The eight leaves of Certificate Transparency's tests, the roots of their trees (by size, from 0) and the hashes of their
// complete subtrees: github.com/transparency-dev/merkle, testonly/constants.go (LeafInputs, RootHashes, NodeHashes).
const Leaves& ct_leaves();
const Hashes& ct_roots();
const std::map<tlog::Node, Hash>& ct_nodes();

struct PublishedProof {
  std::uint64_t first = 0, second = 0;  // index and size, or old and new size
  std::vector<std::string> hashes;
};
// Likewise, proof/verify_test.go: inclusionProofs (its leaves count from 1, these from 0) and consistencyProofs.
const std::vector<PublishedProof>& ct_inclusion_proofs();
const std::vector<PublishedProof>& ct_consistency_proofs();

}  // namespace noroshi::test
