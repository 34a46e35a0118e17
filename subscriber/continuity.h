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

// What a broker answered, with this tree, when it was asked to prove that an entry is in its log.
enum class Inclusion {
  proven,
  withheld,  // there is an entry of this sequence, which we may not know of (any more), as it says
  refuted,
};
Inclusion judge(const TreeEntry& entry, const TreeHead& tip, const v1::ProofAnswer& answer);

}  // namespace noroshi::subscriber
