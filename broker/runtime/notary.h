// Speaks for the log: signs checkpoints of it, and proves what is in it. One owner thread, which is its reader's.
#pragma once

#include <string>

#include "broker/core/commands.h"
#include "broker/core/outcome.h"
#include "broker/store/log.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {

class Notary {
 public:
  Notary(std::string origin, wire::SigningKey log_key, store::Reader& log);

  // Of the entries up to `durable`, which the log has, or of more, if more was asked for before: what is signed must be everywhere
  // where it is to be, and known to the core, or somebody would ask for it in vain. Signed once for each size. O(log n) reads.
  // Throws store::StorageError, also if the tree lacks a hash.
  const std::string& checkpoint(Seq durable);
  // At most one entry and O(log n) hashes are read. Throws as above.
  core::ProofDone prove(const core::ProofRequest& request);

 private:
  std::string origin_;
  wire::SigningKey key_;
  store::Reader& log_;
  std::uint64_t size_ = 0;  // of checkpoint_
  std::string checkpoint_;  // empty: none was signed so far
};

}  // namespace noroshi::runtime
