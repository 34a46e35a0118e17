// Planted bugs: each promise has a twin that breaks it, and a test that proves the twin is caught. The production library
// is built without NOROSHI_PLANTED_BUGS: there `planted()` is a constant and nothing can be switched.
#pragma once

namespace noroshi::web {

enum class Bug {
  none,
  webhook_body_alone,     // what is signed is this message, at this time
  webhook_answer_unread,  // taken is what the receiver said it took
};

#ifdef NOROSHI_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return planted_bug == bug; }
#else
constexpr bool planted(Bug) { return false; }
#endif

}  // namespace noroshi::web
