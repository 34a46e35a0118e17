// What the broker promises, each as a check that says whether the core in this binary keeps it. unit_core runs them over
// the production core, unit_core_twins over a core with the corresponding bug planted, where each must fail.
#pragma once

namespace noroshi::test {

bool nothing_is_accepted_before_it_is_durable();
bool no_receipt_is_taken_before_it_is_durable();
bool nothing_is_delivered_before_it_is_durable();
bool nobody_gets_what_is_not_for_them();
bool a_proof_tells_nobody_of_what_is_hidden();
bool the_open_feed_carries_only_what_is_public();
bool one_report_id_has_one_sequence();
bool nothing_is_skipped_when_credit_ends();
bool drills_reach_only_those_who_ask();
bool urgent_does_not_queue_behind_batched();
bool revocation_ends_sessions();
bool no_auditor_reads_before_it_is_noted();

struct Promise {
  const char* name;
  bool (*kept)();
};

inline constexpr Promise kPromises[] = {
    {"nothing is accepted before it is durable", nothing_is_accepted_before_it_is_durable},
    {"no receipt is taken before it is durable", no_receipt_is_taken_before_it_is_durable},
    {"nothing is delivered before it is durable", nothing_is_delivered_before_it_is_durable},
    {"nobody gets what is not for them", nobody_gets_what_is_not_for_them},
    {"a proof tells nobody of what is hidden", a_proof_tells_nobody_of_what_is_hidden},
    {"the open feed carries only what is public", the_open_feed_carries_only_what_is_public},
    {"one report id has one sequence", one_report_id_has_one_sequence},
    {"nothing is skipped when credit ends", nothing_is_skipped_when_credit_ends},
    {"drills reach only those who ask", drills_reach_only_those_who_ask},
    {"urgent does not queue behind batched", urgent_does_not_queue_behind_batched},
    {"revocation ends sessions", revocation_ends_sessions},
    {"no auditor reads before it is noted", no_auditor_reads_before_it_is_noted},
};

}  // namespace noroshi::test
