// The inbox's promises, each as a check that a planted bug makes fail.
#pragma once

namespace noroshi::test {

// A process is killed at every write to the disk in turn. Whatever it had called safe, and whatever its cursor passes over,
// is in the inbox when it is opened again, with the receipt that is owed; after the next run everything is there once.
bool what_was_acknowledged_survives_a_kill_anywhere();
bool the_cursor_is_never_ahead_of_the_entries();
// A sink that fails, or dies with the process at any write, gets everything at least once and in order.
bool a_sink_gets_everything_at_least_once();

// Whatever changes in a row, or in the place that is kept of it, and if either is gone: what is shown is as it arrived, the rest is
// damaged, and what the broker delivers again makes it whole, in its place, with what people did with it.
bool what_changed_since_it_arrived_is_never_shown();

struct InboxPromise {
  const char* name;
  bool (*kept)();
};
inline constexpr InboxPromise kInboxPromises[] = {
    {"what was acknowledged survives a kill anywhere", what_was_acknowledged_survives_a_kill_anywhere},
    {"the cursor is never ahead of the entries", the_cursor_is_never_ahead_of_the_entries},
    {"a sink gets everything at least once", a_sink_gets_everything_at_least_once},
    {"what changed since it arrived is never shown", what_changed_since_it_arrived_is_never_shown},
};

}  // namespace noroshi::test
