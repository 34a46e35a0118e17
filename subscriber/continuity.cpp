#include "subscriber/continuity.h"

#include "proto/client/proof.h"
#include "subscriber/planted.h"

namespace noroshi::subscriber {

namespace {

bool proven(const TreeHead& known, const TreeHead& tip, const v1::ProofAnswer& answer) {
  const auto proof = client::hashes_of(answer);
  return answer.known() && proof &&
         tlog::verify_consistency(known.size, known.root, tip.size, tip.root, *proof) == tlog::Fault::none;
}

}  // namespace

tlog::Result<SignedHead> open_head(const std::string& note, const tlog::VerifierKey& log) {
  const auto opened = tlog::open_checkpoint(note, log);
  if (!opened) return opened.problem();
  return SignedHead{note, {opened->checkpoint.size, opened->checkpoint.root}};
}

bool contradict(const TreeHead& a, const TreeHead& b) {
  return a.size == b.size && a.root != b.root && !planted(Bug::same_size_believed);
}

std::optional<Continuation> judge(const TreeHead& known, const v1::ProofAnswer& answer, const tlog::VerifierKey& log) {
  auto tip = open_head(answer.checkpoint(), log);
  if (!tip) return std::nullopt;
  Continuation out{tip.take(), std::nullopt};
  // It was signed after it was asked for, so by now the log has at least what is known of it.
  if (out.tip.head.size < known.size) {
    if (!planted(Bug::shorter_log_believed)) out.breach = Breach::rewound;
  } else if (contradict(known, out.tip.head)) {
    out.breach = Breach::split;
  } else if (!proven(known, out.tip.head, answer) && !planted(Bug::proof_not_checked)) {
    out.breach = Breach::rewritten;
  }
  return out;
}

bool includes(const TreeHead& tip, const TreeEntry& entry, const v1::ProofAnswer& answer) {
  if (planted(Bug::dropped_entry_believed)) return true;
  const auto proof = client::hashes_of(answer);
  return answer.known() && entry.seq.value <= tip.size && proof &&
         tlog::verify_inclusion(previous(entry.seq).value, tip.size, tip.root, entry.leaf, *proof) == tlog::Fault::none;
}

}  // namespace noroshi::subscriber
