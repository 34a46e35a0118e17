// A proof that an entry is in the log, asked of the broker and checked before anybody relies on it.
#pragma once

#include <string>

#include "proto/client/enquiry.h"
#include "proto/tlog/checkpoint.h"
#include "proto/tlog/proof.h"
#include "proto/types/entry.h"

namespace noroshi::client {

struct Proved {
  std::string file;  // what a .tlog-proof file holds
  tlog::Checkpoint checkpoint;
};

// Fault::bad_hash: what came are no hashes.
tlog::Result<tlog::Proof> hashes_of(const v1::ProofAnswer& answer);

// What a broker answered, if it proves that this entry is in the log. Throws cli::Failure{kUnverified}. Pure.
Proved checked(const v1::ProofAnswer& answer, const Entry& entry, const tlog::VerifierKey& log);

// `entry`: its leaf counts, not its body. Throws cli::Failure: kUnverified if the broker has no proof that holds, those of
// Enquiry::ask.
Proved prove(Enquiry& broker, const Entry& entry, const tlog::VerifierKey& log);

}  // namespace noroshi::client
