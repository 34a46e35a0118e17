// Planted bugs: each promise has a twin that breaks it, and a test that proves the twin is caught. The production library
// is built without NOROSHI_PLANTED_BUGS: there `planted()` is a constant and nothing can be switched.
#pragma once

namespace noroshi::store {

enum class Bug {
  none,
  leaf_not_checked,    // a rotten body leaves the store
  mirror_not_awaited,  // acknowledged when the database has it, whatever became of the mirror
  root_not_compared,   // the mirror's entries are taken for the database's, whatever the signed head says
};

#ifdef NOROSHI_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return planted_bug == bug; }
#else
constexpr bool planted(Bug) { return false; }
#endif

}  // namespace noroshi::store
