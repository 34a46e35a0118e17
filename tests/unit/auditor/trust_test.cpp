// The checkpoint file of an auditor, of which two verifications may take hold.
#include "auditor/trust.h"

#include "auditor/new_file.h"
#include "tests/support/catch.h"
#include "tests/unit/auditor/folder.h"
#include "tests/unit/auditor/sample_log.h"

namespace noroshi::auditor {

TEST_CASE("a slow verification puts no older checkpoint over a newer one") {
  const test::Folder folder;
  const test::SampleLog log(12);
  const auto note = [&](std::ptrdiff_t size) { return log.sign({log.rows().begin(), log.rows().begin() + size}); };
  const auto file = folder / "seen";
  write_file(file, note(4));
  const Seen slow(file, log.log_key()), fast(file, log.log_key());
  fast.replace(note(12));
  CHECK(test::content(file) == note(12));
  slow.replace(note(8));
  CHECK(test::content(file) == note(12));
}

}  // namespace noroshi::auditor
