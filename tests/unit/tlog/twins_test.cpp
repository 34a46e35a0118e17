// Each promise has a twin that breaks it: the check must fail with the bug and pass without it.
#include <set>

#include "proto/tlog/planted.h"
#include "tests/support/catch.h"
#include "tests/unit/tlog/promises.h"

namespace {

using noroshi::tlog::Bug;
using namespace noroshi::test;

struct Twin {
  Bug bug;
  bool (*kept)();
};

const Twin kTwins[] = {
    {Bug::leaf_prefix_dropped, a_leaf_is_no_inner_node},
    {Bug::proof_off_by_one, a_proof_is_of_its_leaf},
    {Bug::signature_not_checked, only_the_key_signs},
    {Bug::tile_of_neighbour, a_tile_has_its_hashes},
    {Bug::tile_too_narrow, a_tile_has_its_hashes},
    {Bug::signature_not_checked, a_cosignature_is_of_the_checkpoint},
    {Bug::cosigned_text_not_compared, a_cosignature_is_of_the_checkpoint},
    {Bug::consistency_from_elsewhere, a_witness_that_is_behind_catches_up},
};

}  // namespace

TEST_CASE("every planted bug is caught by the check of its promise") {
  std::set<bool (*)()> checks;
  for (const Twin& twin : kTwins) {
    INFO(static_cast<int>(twin.bug));
    CHECK(twin.kept());
    noroshi::tlog::planted_bug = twin.bug;
    const bool kept = twin.kept();
    noroshi::tlog::planted_bug = Bug::none;
    CHECK_FALSE(kept);
    checks.insert(twin.kept);
  }
  for (const Promise& promise : kPromises) {
    INFO(promise.name);
    CHECK(checks.contains(promise.kept));
  }
}
