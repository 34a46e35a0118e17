// Planted bugs: each promise has a twin that breaks it, and a test that proves the twin is caught. The production library
// is built without NOROSHI_PLANTED_BUGS: there `planted()` is a constant and nothing can be switched.
#pragma once

namespace noroshi::tlog {

enum class Bug {
  none,
  leaf_prefix_dropped,         // a leaf could pass for an inner node
  proof_off_by_one,            // a proof is of the leaf beside it
  signature_not_checked,       // whoever writes the name of the log is the log
  tile_of_neighbour,           // a tile has another's hash
  tile_too_narrow,             // a tile lacks its last hash
  cosigned_text_not_compared,  // a witness may cosign something else than the checkpoint
  consistency_from_elsewhere,  // a witness gets a proof from a size that it did not name
};

#ifdef NOROSHI_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return planted_bug == bug; }
#else
constexpr bool planted(Bug) { return false; }
#endif

}  // namespace noroshi::tlog
