// Somebody has every file of the broker and the key of its log, and rewrites the past: numbers, times, leaves and checkpoint
// fit again. Whoever kept an earlier checkpoint finds it. NOROSHI_FORGERIES=N asks for more cases.
#include <cstdlib>

#include "tests/support/catch.h"
#include "tests/unit/auditor/sample_log.h"

namespace noroshi::test {

using auditor::Fault;

TEST_CASE("every forged past is found by who holds an earlier checkpoint, and by nobody else") {
  const char* const asked = std::getenv("NOROSHI_FORGERIES");
  const std::size_t cases = asked ? std::strtoull(asked, nullptr, 10) : 10'000;
  REQUIRE(cases > 0);
  const SampleLog log(48, 8);        // few signatures: they are not what catches this forger
  std::mt19937_64 chance(20260601);  // NOLINT: the same cases each time
  std::size_t found_with = 0, found_without = 0, unchanged = 0;
  for (std::size_t n = 0; n < cases; ++n) {
    const auto how = static_cast<Forgery>(n % 5);
    const std::size_t seen = 3 + chance() % (log.rows().size() - 2);
    const Rows rows = forged(log.rows(), how, seen, chance);
    const std::string note = log.sign(rows);
    if (rows.size() >= seen && earlier_of(rows, seen) == earlier_of(log.rows(), seen)) {
      ++unchanged;  // two equal entries changed places: not a forgery
      continue;
    }
    const auto fault = found(log, rows, note, earlier_of(log.rows(), seen));
    INFO("case " << n << ": " << static_cast<int>(how) << ", seen " << seen);
    REQUIRE(fault);
    ++found_with;
    if (how == Forgery::insert) CHECK(fault == Fault::rewritten);
    if (how == Forgery::cut) CHECK(fault == Fault::shortened);
    found_without += found(log, rows, note).has_value();
  }
  CHECK(found_with + unchanged == cases);
  CHECK(unchanged * 100 < cases);
  // The forger is good: without the earlier checkpoint most of it passes.
  CHECK(found_without * 2 < cases);
}

}  // namespace noroshi::test
