// Each promise has a twin that breaks it: the check must fail with the bug and pass without it.
#include "proto/web/planted.h"
#include "subscriber/planted.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/inbox_promises.h"
#include "tests/unit/subscriber/log_promises.h"
#include "tests/unit/subscriber/sink_promises.h"

namespace {

using noroshi::subscriber::Bug;
using namespace noroshi;
using namespace noroshi::test;

template <class Any>
struct Twin {
  Any bug;
  const char* name;
  bool (*kept)();
};

const Twin<Bug> kTwins[] = {
    {Bug::acknowledge_before_commit, "acknowledge_before_commit", what_was_acknowledged_survives_a_kill_anywhere},
    {Bug::cursor_before_entries, "cursor_before_entries", the_cursor_is_never_ahead_of_the_entries},
    {Bug::sink_cursor_first, "sink_cursor_first", a_sink_gets_everything_at_least_once},
    {Bug::rot_believed, "rot_believed", what_changed_since_it_arrived_is_never_shown},
    {Bug::html_as_it_came, "html_as_it_came", html_is_what_was_written_and_no_markup},
    {Bug::syslog_as_it_came, "syslog_as_it_came", syslog_keeps_its_structure},
    {Bug::same_size_believed, "same_size_believed", two_roots_of_one_size_are_an_alarm},
    {Bug::shorter_log_believed, "shorter_log_believed", a_log_that_lost_entries_is_an_alarm},
    {Bug::proof_not_checked, "proof_not_checked", a_rewritten_past_is_an_alarm},
    {Bug::dropped_entry_believed, "dropped_entry_believed", a_dropped_entry_is_an_alarm},
    {Bug::sought_entry_forgotten, "sought_entry_forgotten", a_dropped_entry_is_an_alarm},
};
const Twin<web::Bug> kWebhookTwins[] = {
    {web::Bug::webhook_body_alone, "webhook_body_alone", a_signature_is_of_one_message_at_one_time},
    {web::Bug::webhook_answer_unread, "webhook_answer_unread", a_webhook_is_taken_when_its_receiver_says_so},
};

template <class Any>
void is_caught(const Twin<Any>& twin, Any& planted) {
  INFO(twin.name);
  CHECK(twin.kept());
  planted = twin.bug;
  CHECK_FALSE(twin.kept());
  planted = Any::none;
}

}  // namespace

TEST_CASE("every planted bug of the inbox, its sinks and its memory of the log is caught by the check of its promise") {
  for (const Twin<Bug>& twin : kTwins) is_caught(twin, subscriber::planted_bug);
  for (const Twin<web::Bug>& twin : kWebhookTwins) is_caught(twin, web::planted_bug);
}
