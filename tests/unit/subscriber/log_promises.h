// What a subscriber's memory of the log promises, each as a check that a planted bug makes fail.
#pragma once

namespace noroshi::test {

bool two_roots_of_one_size_are_an_alarm();
bool a_log_that_lost_entries_is_an_alarm();
bool a_rewritten_past_is_an_alarm();
bool a_dropped_entry_is_an_alarm();

}  // namespace noroshi::test
