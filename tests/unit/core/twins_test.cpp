// Each promise has a twin that breaks it: the check must fail with the bug and pass without it.
#include <set>

#include "broker/core/planted.h"
#include "tests/support/catch.h"
#include "tests/unit/core/promises.h"

namespace {

using noroshi::core::Bug;
using namespace noroshi::test;

struct Twin {
  Bug bug;
  const char* name;
  bool (*kept)();
};

const Twin kTwins[] = {
    {Bug::accept_before_commit, "accept_before_commit", nothing_is_accepted_before_it_is_durable},
    {Bug::take_receipt_before_commit, "take_receipt_before_commit", no_receipt_is_taken_before_it_is_durable},
    {Bug::deliver_before_commit, "deliver_before_commit", nothing_is_delivered_before_it_is_durable},
    {Bug::skip_entitlement, "skip_entitlement", nobody_gets_what_is_not_for_them},
    {Bug::prove_to_anyone, "prove_to_anyone", a_proof_tells_nobody_of_what_is_hidden},
    {Bug::skip_feed_entitlement, "skip_feed_entitlement", the_open_feed_carries_only_what_is_public},
    {Bug::skip_duplicate_check, "skip_duplicate_check", one_report_id_has_one_sequence},
    {Bug::cursor_runs_ahead, "cursor_runs_ahead", nothing_is_skipped_when_credit_ends},
    {Bug::drills_to_everyone, "drills_to_everyone", drills_reach_only_those_who_ask},
    {Bug::urgent_waits_for_batched, "urgent_waits_for_batched", urgent_does_not_queue_behind_batched},
    {Bug::revoked_stays, "revoked_stays", revocation_ends_sessions},
    {Bug::audit_before_recorded, "audit_before_recorded", no_auditor_reads_before_it_is_noted},
};

// A compiler that warns of a switch without one of its cases reminds whoever plants another bug to give it a twin.
bool has_a_twin(Bug bug) {
  switch (bug) {
    case Bug::none: return false;
    case Bug::accept_before_commit:
    case Bug::take_receipt_before_commit:
    case Bug::deliver_before_commit:
    case Bug::skip_entitlement:
    case Bug::prove_to_anyone:
    case Bug::skip_feed_entitlement:
    case Bug::skip_duplicate_check:
    case Bug::cursor_runs_ahead:
    case Bug::drills_to_everyone:
    case Bug::urgent_waits_for_batched:
    case Bug::revoked_stays:
    case Bug::audit_before_recorded: return true;
  }
  return false;
}

struct Planted {
  explicit Planted(Bug bug) { noroshi::core::planted_bug = bug; }
  ~Planted() { noroshi::core::planted_bug = Bug::none; }
  Planted(const Planted&) = delete;
  Planted& operator=(const Planted&) = delete;
};

}  // namespace

TEST_CASE("every planted bug is caught by the check of its promise") {
  for (const Twin& twin : kTwins) {
    INFO(twin.name);
    CHECK(has_a_twin(twin.bug));
    CHECK(twin.kept());
    {
      const Planted bug(twin.bug);
      CHECK_FALSE(twin.kept());
    }
    CHECK(twin.kept());
  }
}

TEST_CASE("every promise has a twin, and no bug has two") {
  std::set<Bug> bugs;
  std::set<bool (*)()> checks;
  for (const Twin& twin : kTwins) bugs.insert(twin.bug), checks.insert(twin.kept);
  CHECK(bugs.size() == std::size(kTwins));
  for (const Promise& promise : kPromises) {
    INFO(promise.name);
    CHECK(checks.contains(promise.kept));
  }
}
