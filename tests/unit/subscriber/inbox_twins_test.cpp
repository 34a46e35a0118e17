// Each promise has a twin that breaks it: the check must fail with the bug and pass without it.
#include "subscriber/planted.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/inbox_promises.h"

namespace {

using noroshi::subscriber::Bug;
using namespace noroshi::test;

struct Twin {
  Bug bug;
  const char* name;
  bool (*kept)();
};

const Twin kTwins[] = {
    {Bug::acknowledge_before_commit, "acknowledge_before_commit", what_was_acknowledged_survives_a_kill_anywhere},
    {Bug::cursor_before_entries, "cursor_before_entries", the_cursor_is_never_ahead_of_the_entries},
    {Bug::sink_cursor_first, "sink_cursor_first", a_sink_gets_everything_at_least_once},
};

}  // namespace

TEST_CASE("every planted bug of the inbox is caught by the check of its promise") {
  for (const Twin& twin : kTwins) {
    INFO(twin.name);
    CHECK(twin.kept());
    noroshi::subscriber::planted_bug = twin.bug;
    CHECK_FALSE(twin.kept());
    noroshi::subscriber::planted_bug = Bug::none;
  }
}
