// The simulator linked with the core with planted bugs: each must be caught by a few seeds, and without a bug the same
// seeds pass.
#include "broker/core/planted.h"
#include "schemas/matrix_loader.h"
#include "tests/simulation/simulation.h"
#include "tests/support/catch.h"

using namespace noroshi;

namespace {

bool caught(core::Bug bug) {
  static const Matrix matrix = load_matrix(std::string(NOROSHI_SOURCE_DIR) + "/schemas/matrix.toml");
  core::planted_bug = bug;
  bool violated = false;
  for (std::uint64_t seed = 1; seed <= 8 && !violated; ++seed) {
    simulation::Plan plan;
    plan.seed = seed;
    violated = !simulation::simulate(plan, matrix).violations.empty();
  }
  core::planted_bug = core::Bug::none;
  return violated;
}

}  // namespace

TEST_CASE("the seeds pass without a bug") { CHECK_FALSE(caught(core::Bug::none)); }
TEST_CASE("an answer before the commit is caught") { CHECK(caught(core::Bug::accept_before_commit)); }
TEST_CASE("a receipt taken before the commit is caught") { CHECK(caught(core::Bug::take_receipt_before_commit)); }
TEST_CASE("a delivery before the commit is caught") { CHECK(caught(core::Bug::deliver_before_commit)); }
TEST_CASE("a delivery without entitlement is caught") { CHECK(caught(core::Bug::skip_entitlement)); }
TEST_CASE("an open feed without entitlement is caught") { CHECK(caught(core::Bug::skip_feed_entitlement)); }
TEST_CASE("a duplicate that is not recognised is caught") { CHECK(caught(core::Bug::skip_duplicate_check)); }
TEST_CASE("a cursor that runs ahead of credit is caught") { CHECK(caught(core::Bug::cursor_runs_ahead)); }
TEST_CASE("a drill for everyone is caught") { CHECK(caught(core::Bug::drills_to_everyone)); }
TEST_CASE("urgent behind batched is caught") { CHECK(caught(core::Bug::urgent_waits_for_batched)); }
