// Each promise has a twin that breaks it: the check must fail with the bug and pass without it.
#include <set>

#include "auditor/planted.h"
#include "tests/support/catch.h"
#include "tests/unit/auditor/promises.h"

namespace {

using noroshi::auditor::Bug;
using namespace noroshi::test;

struct Twin {
  Bug bug;
  bool (*kept)();
};

const Twin kTwins[] = {
    {Bug::root_not_compared, every_leaf_counts},
    {Bug::signature_time_ignored, a_signature_is_of_its_time},
    {Bug::old_member_taken, an_old_enrolment_does_not_come_back},
    {Bug::earlier_not_compared, a_rewritten_past_is_found},
    {Bug::seen_not_compared, a_member_that_saw_another_log_is_found},
    {Bug::any_kind_hidden, what_everybody_may_see_is_not_hidden},
    {Bug::ids_not_remembered, a_report_is_recorded_once},
};

}  // namespace

TEST_CASE("every planted bug is caught by the check of its promise") {
  std::set<bool (*)()> checks;
  for (const Twin& twin : kTwins) {
    INFO(static_cast<int>(twin.bug));
    CHECK(twin.kept());
    noroshi::auditor::planted_bug = twin.bug;
    const bool kept = twin.kept();
    noroshi::auditor::planted_bug = Bug::none;
    CHECK_FALSE(kept);
    checks.insert(twin.kept);
  }
  for (const Promise& promise : kPromises) {
    INFO(promise.name);
    CHECK(checks.contains(promise.kept));
  }
}
