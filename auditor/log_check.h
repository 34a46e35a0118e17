// The verification of a log, entry by entry, in order: numbers and times, every body that is visible, every signature as of
// its time, the tree over all leaves, also of entries that are hidden, and the trees that members say they have seen. Needs
// memory for every member, some 40 bytes for every entry, and 16 for every report. The same for a live broker and for a bundle.
// Pure; one owner.
//
//   take() each entry -> finish() against the signed checkpoint
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "auditor/finding.h"
#include "auditor/seen_ids.h"
#include "auditor/signers.h"
#include "auditor/tree_history.h"
#include "proto/tlog/checkpoint.h"
#include "proto/types/entry.h"

namespace noroshi::auditor {

// Sizes and roots that this log has signed before: it must still lead to them.
using Earlier = std::map<std::uint64_t, Hash>;
// What the entries of `present` are to be held against. A state of its own size is no earlier one: entries that do not lead
// to it are damaged, not rewritten. nullopt: the log has signed two of that size, and one of them is no longer its past.
std::optional<Earlier> earlier_than(const tlog::Checkpoint& present, Earlier signed_before);

// A state of the log that a member says it has seen, and that this log never had.
struct OtherTree {
  Seq seq{};  // of the receipt
  std::string organization;
  TreeHead head;
};

class LogCheck {
 public:
  LogCheck(const PublicKey& registrar, Earlier earlier);

  // nullopt: nothing is wrong with it so far. After a finding the check is over.
  std::optional<Finding> take(const Entry& entry, bool redacted);
  // All that the checkpoint is of has been taken.
  std::optional<Finding> finish(const tlog::Checkpoint& checkpoint) const;

  struct Counts {
    std::uint64_t entries = 0, redacted = 0;
    std::uint64_t reports = 0, receipts = 0, members = 0;  // whose signatures hold
    std::uint64_t accesses = 0;                            // of auditors, as far as they are shown
    // Of the receipts that say which state of the log their member had seen. Whoever differs is no reason to stop: the log by
    // itself may be whole.
    std::uint64_t trees_agree = 0, trees_differ = 0;
    std::vector<OtherTree> differing;  // the first of them
  };
  const Counts& counts() const { return counts_; }
  Hash root() const { return tree_.root(); }

 private:
  std::optional<Finding> check_body(const Entry& entry);
  void check_seen(const Receipt& receipt, Seq seq);
  bool agrees() const;  // with what was signed for this size before

  Signers signers_;
  Earlier earlier_;
  TreeHistory tree_;
  SeenIds reports_;
  Micros last_{};
  Counts counts_;
};

}  // namespace noroshi::auditor
