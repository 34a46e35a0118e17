// Planted bugs: each promise has a twin that breaks it, and a test that proves the twin is caught. The production library
// is built without NOROSHI_PLANTED_BUGS: there `planted()` is a constant and nothing can be switched.
#pragma once

namespace noroshi::core {

enum class Bug {
  none,
  accept_before_commit,        // durable before visible: the answer leaves at once
  take_receipt_before_commit,  // durable before said: the sender forgets what the log does not have
  deliver_before_commit,       // durable before visible: the report leaves at once
  skip_entitlement,            // no leak
  prove_to_anyone,             // no leak of what there is
  skip_feed_entitlement,       // no leak on the open feed
  skip_duplicate_check,        // one report id, one sequence
  cursor_runs_ahead,           // no loss: what credit did not cover is skipped
  drills_to_everyone,          // drills only to those who ask
  urgent_waits_for_batched,    // a lane is its own road
  revoked_stays,               // revocation ends sessions
  audit_before_recorded,       // no auditor reads what the log does not say that it reads
};

#ifdef NOROSHI_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return planted_bug == bug; }
#else
constexpr bool planted(Bug) { return false; }
#endif

}  // namespace noroshi::core
