// Planted bugs: each promise of the inbox has a twin that breaks it, and a test that proves the twin is caught. The
// production library is built without NOROSHI_PLANTED_BUGS: there `planted()` is a constant and nothing can be switched.
#pragma once

namespace noroshi::subscriber {

enum class Bug {
  none,
  acknowledge_before_commit,  // in safe hands before the broker may forget
  cursor_before_entries,      // the cursor is never ahead of the entries
  rot_believed,               // what changed since it arrived is never shown
  sink_cursor_first,          // at least once into each sink
  html_as_it_came,            // what others wrote is text, never mark-up
  syslog_as_it_came,          // and never structure
  same_size_believed,         // a log has one tree of each size
  shorter_log_believed,       // and never loses an entry
  proof_not_checked,          // and grows at its end alone
  dropped_entry_believed,     // and has what was delivered of it
  sought_entry_forgotten,     // whatever was delivered since
};

#ifdef NOROSHI_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return planted_bug == bug; }
#else
constexpr bool planted(Bug) { return false; }
#endif

}  // namespace noroshi::subscriber
