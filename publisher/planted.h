// Planted bugs: each promise of the outbox has a twin that breaks it, and a test that proves the twin is caught; and the
// moments at which a test ends the world. The production library is built without NOROSHI_PLANTED_BUGS: there `planted()`
// is a constant, `moment()` is nothing, and nothing can be switched.
#pragma once

#ifdef NOROSHI_PLANTED_BUGS
#include <functional>
#endif

namespace noroshi::publisher {

enum class Bug {
  none,
  leaves_before_answer,  // nothing lost: what is sent leaves the outbox at once
  new_id_after_crash,    // nothing doubled: what was signed is made anew
  sent_before_stored,    // nothing doubled: what is sent is not yet in the outbox
  newest_first,          // order: after a restart the last comes first
  moved_before_result,   // a file in sent/ or rejected/ has its result beside it
};

#ifdef NOROSHI_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return planted_bug == bug; }
inline std::function<void()> at_each_moment;
// Between any two changes of the disk: may throw, as if the program had been killed there.
inline void moment() {
  if (at_each_moment) at_each_moment();
}
#else
constexpr bool planted(Bug) { return false; }
constexpr void moment() {}
#endif

}  // namespace noroshi::publisher
