// Planted bugs: each promise has a twin that breaks it, and a test that proves the twin is caught. The production library
// is built without NOROSHI_PLANTED_BUGS: there `planted()` is a constant and nothing can be switched.
#pragma once

namespace noroshi::auditor {

enum class Bug {
  none,
  root_not_compared,       // what the log signed is believed, whatever the leaves are
  old_member_taken,        // a revocation is undone by the enrolment before it
  signature_time_ignored,  // a key is good for ever
  earlier_not_compared,    // a log that was rewritten and signed anew passes
  seen_not_compared,       // members may have seen any log
  any_kind_hidden,         // what everybody may see is taken as a leaf, too
  ids_not_remembered,      // a report may come again and again
};

#ifdef NOROSHI_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return planted_bug == bug; }
#else
constexpr bool planted(Bug) { return false; }
#endif

}  // namespace noroshi::auditor
