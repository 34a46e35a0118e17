// Two signed checkpoints of one log, perhaps shown to two members: whether one log has both. Pure but for the questions.
#pragma once

#include <functional>
#include <optional>

#include "subscriber/continuity.h"

namespace noroshi::subscriber {

struct Comparison {
  std::optional<Fork> fork;       // they are not of one log; or the broker's log continues one of them no more
  std::optional<SignedHead> tip;  // both are proven to be the beginning of this; nullopt: they are the same
};

// `ask`: the broker's proof that its log continues its first so many entries. Throws cli::Failure: kUnverified if an answer is
// not the log's word, kFailed if the log grows too fast, and what `ask` throws.
Comparison compare(const SignedHead& mine, const SignedHead& theirs, const tlog::VerifierKey& log, Micros now,
                   const std::function<v1::ProofAnswer(std::uint64_t size)>& ask);

}  // namespace noroshi::subscriber
