// What a verification promises, each as a check that says whether the library in this binary keeps it. unit_auditor runs them
// over the production library, unit_auditor_twins over one with the corresponding bug planted, where each must fail.
#pragma once

namespace noroshi::test {

bool every_leaf_counts();
bool a_signature_is_of_its_time();
bool an_old_enrolment_does_not_come_back();
bool a_rewritten_past_is_found();
bool a_member_that_saw_another_log_is_found();
bool what_everybody_may_see_is_not_hidden();
bool a_report_is_recorded_once();

struct Promise {
  const char* name;
  bool (*kept)();
};

inline constexpr Promise kPromises[] = {
    {"every leaf counts", every_leaf_counts},
    {"a signature is of its time", a_signature_is_of_its_time},
    {"an old enrolment does not come back", an_old_enrolment_does_not_come_back},
    {"a rewritten past is found", a_rewritten_past_is_found},
    {"a member that saw another log is found", a_member_that_saw_another_log_is_found},
    {"what everybody may see is not hidden", what_everybody_may_see_is_not_hidden},
    {"a report is recorded once", a_report_is_recorded_once},
};

}  // namespace noroshi::test
