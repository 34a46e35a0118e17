// A log whose leaves are numbers, with the key that signs its checkpoints and the proofs that a broker would give; and another
// one under the same key, with the same beginning.
#pragma once

#include <string>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/tlog/checkpoint.h"
#include "proto/tlog/proof.h"

namespace noroshi::test {

class ForkingLog {
 public:
  explicit ForkingLog(std::size_t size = 0) { grow(size); }

  void grow(std::size_t size) {
    while (leaves_.size() < size) add("entry");
  }
  void cut(std::size_t size) { leaves_.resize(size); }
  std::size_t size() const { return leaves_.size(); }
  // The same up to `size`; what follows is other.
  ForkingLog forked_at(std::size_t size) const {
    ForkingLog out = *this;
    out.cut(size);
    while (out.size() < this->size()) out.add("other entry");
    return out;
  }

  tlog::VerifierKey verifier() const { return tlog::log_key("noroshi.test.example", key_.public_key); }
  std::string note(std::size_t size) const {
    tlog::Frontier tree;
    for (std::size_t i = 0; i < size; ++i) tree.append(leaves_[i]);
    return tlog::sign_checkpoint({"noroshi.test.example", size, tree.root(), {}}, key_);
  }
  std::string note() const { return note(size()); }
  Hash leaf(std::size_t seq) const { return leaves_.at(seq - 1); }

  v1::ProofAnswer answer(const v1::Query& query) const {
    v1::ProofAnswer out;
    out.set_number(query.number());
    out.set_checkpoint(note());
    out.set_known(query.proof().size() <= size() && query.proof().seq() <= size());
    if (!out.known()) return out;
    const auto read = [this](tlog::Node n) { return hash(n); };
    const auto proof = query.proof().seq() > 0 ? tlog::inclusion_proof(query.proof().seq() - 1, size(), read)
                                               : tlog::consistency_proof(query.proof().size(), size(), read);
    for (const Hash& each : *proof) out.add_hashes(std::string(each.begin(), each.end()));
    return out;
  }

 private:
  void add(const std::string& what) { leaves_.push_back(tlog::leaf_hash(what + " " + std::to_string(size()))); }
  Hash hash(tlog::Node node) const {
    if (node.level == 0) return leaves_.at(node.index);
    return tlog::node_hash(hash({node.level - 1, 2 * node.index}), hash({node.level - 1, 2 * node.index + 1}));
  }

  wire::SigningKey key_ = wire::make_signing_key();
  std::vector<Hash> leaves_;
};

}  // namespace noroshi::test
