// Which reports the broker keeps in mind to see who has confirmed them.
#include "broker/core/confirmations.h"

#include "tests/support/catch.h"
#include "tests/support/core_world.h"

using namespace noroshi;
using namespace noroshi::test;

namespace {

Record reported(std::uint64_t seq) {
  Record record;
  record.entry.seq = Seq{seq};
  record.entry.kind = EntryKind::report;
  record.content = report_of("r" + std::to_string(seq), cast::hatsuden());
  return record;
}

ReportId id(std::uint64_t seq) { return reported(seq).report()->id; }

}  // namespace

TEST_CASE("the oldest report is the one that is forgotten, and what is said of it is news again") {
  core::Confirmations confirmations;
  const std::uint64_t most = limits::kOpenConfirmations;
  const Receipt of_the_first{"bank", Stage::delivered, {id(1)}, {}, {}, kStart};
  CHECK(confirmations.says_something_new(of_the_first));  // of one that is not known
  for (std::uint64_t seq = 1; seq <= most; ++seq) confirmations.fold(reported(seq));
  REQUIRE(confirmations.find(id(1)));
  Record said;
  said.entry.kind = EntryKind::receipt;
  said.content = of_the_first;
  confirmations.fold(said);
  CHECK_FALSE(confirmations.says_something_new(of_the_first));
  confirmations.fold(reported(most + 1));
  CHECK_FALSE(confirmations.find(id(1)));
  CHECK(confirmations.find(id(2)));
  CHECK(confirmations.find(id(most + 1)));
  CHECK(confirmations.newest(most + 1).size() == most);
  CHECK(confirmations.says_something_new(of_the_first));
}
