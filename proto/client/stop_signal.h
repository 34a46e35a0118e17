// SIGINT and SIGTERM as a flag that loops look at. Waiting calls return early when one arrives. Main thread.
#pragma once

namespace noroshi::client {

void watch_stop_signals();  // from the first signal on stop_requested() is true; the second ends the program at once
bool stop_requested();

}  // namespace noroshi::client
