// Whether a log is still the one that it was: signed checkpoints held against each other, with the broker's proof where their
// sizes differ, and against what was delivered. Pure.
#pragma once

#include <optional>
#include <string>

#include "noroshi/v1/session.pb.h"
#include "proto/tlog/checkpoint.h"
#include "proto/types/receipt.h"
#include "subscriber/fork.h"

namespace noroshi::subscriber {

// A checkpoint that the log's key has signed.
struct SignedHead {
  std::string note;
  TreeHead head;
  friend bool operator==(const SignedHead&, const SignedHead&) = default;
};

tlog::Result<SignedHead> open_head(const std::string& note, const tlog::VerifierKey& log);

// One size, two roots: no log has both.
bool contradict(const TreeHead& a, const TreeHead& b);

// What a broker answered when it was asked to prove that its log continues `known`.
struct Continuation {
  SignedHead tip;                // of its log as it is
  std::optional<Breach> breach;  // nullopt: it continues
};
// nullopt: the answer is not the log's signed word, and says nothing.
std::optional<Continuation> judge(const TreeHead& known, const v1::ProofAnswer& answer, const tlog::VerifierKey& log);

// Whether what a broker answered proves that this entry, named by its leaf, is in the log of this tree. It has a proof for whoever
// names one, so that no answer is an excuse.
bool includes(const TreeHead& tip, const TreeEntry& entry, const v1::ProofAnswer& answer);

}  // namespace noroshi::subscriber
