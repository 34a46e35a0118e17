#include "broker/runtime/notary.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "proto/tlog/checkpoint.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/tlog/proof.h"
#include "proto/wire/decode.h"

namespace noroshi::runtime {

namespace {

template <class T>
T whole(const store::Reader& log, tlog::Result<T> made) {
  if (!made) throw store::StorageError(log.name() + ": " + tlog::describe(made.problem()));
  return made.take();
}

}  // namespace

Notary::Notary(std::string origin, wire::SigningKey log_key, store::Reader& log)
    : origin_(std::move(origin)), key_(std::move(log_key)), log_(log) {}

const std::string& Notary::checkpoint(Seq durable) {
  const std::uint64_t size = std::max(size_, durable.value);
  if (!checkpoint_.empty() && size == size_) return checkpoint_;
  const Hash root = whole(log_, tlog::root(size, [this](tlog::Node node) { return log_.tree_hash(node); }));
  checkpoint_ = tlog::sign_checkpoint({origin_, size, root, {}}, key_);
  size_ = size;
  return checkpoint_;
}

core::ProofDone Notary::prove(const core::ProofRequest& request) {
  core::ProofDone out{request.peer, request.number, nullptr, checkpoint(request.durable), {}, false};
  const auto hash = [this](tlog::Node node) { return log_.tree_hash(node); };
  if (request.seq.value > size_ || request.size > size_) return out;
  out.found = true;
  if (request.seq != Seq{}) {
    Record entry = wire::decode_entry(std::move(log_.read(request.seq, {}, {1, 1}).entries.at(0)));
    out.named = request.leaf == tlog::leaf_hash(entry.entry);
    entry.entry.body.clear();  // who may know of it is decided without
    out.entry = std::make_shared<const Record>(std::move(entry));
    out.proof = whole(log_, tlog::inclusion_proof(previous(request.seq).value, size_, hash));
  } else if (request.size > 0) {
    out.proof = whole(log_, tlog::consistency_proof(request.size, size_, hash));
  }
  return out;
}

}  // namespace noroshi::runtime
