#include "tests/unit/auditor/promises.h"

#include "tests/unit/auditor/sample_log.h"

namespace noroshi::test {

using auditor::Fault;

// Also that of an entry nobody may look into.
bool every_leaf_counts() {
  const SampleLog log(21);
  for (const Row& row : log.rows()) {
    Rows rows = log.rows();
    Entry& entry = rows[row.entry.seq.value - 1].entry;
    if (!row.redacted) continue;
    entry.leaf[0] ^= 1;
    if (found(log, rows, log.sign(log.rows())) != Fault::root_mismatch) return false;
  }
  return !found(log, log.rows(), log.sign(log.rows()));
}

// A key that has ended signs nothing more, and one that was given up signs nothing from before it was enrolled.
bool a_signature_is_of_its_time() {
  SampleLog log(10, 0);
  Signer& author = log.author(0);
  const Signer former = author;
  author.key = wire::make_signing_key();
  {
    SampleLog early = log;
    early.add_report(author);  // not yet enrolled
    if (found(early, early.rows(), early.sign(early.rows())) != Fault::signer_unknown) return false;
  }
  Member member = author.member();
  const std::int64_t kOverlap = 3600;
  member.retired = {{{}, former.key.public_key, log.now() + kOverlap * kMicrosPerSecond}};
  log.add_member(member);
  log.add_report(former);
  log.add_report(author);
  if (found(log, log.rows(), log.sign(log.rows()))) return false;
  log.wait(2 * kOverlap);
  log.add_report(former);
  return found(log, log.rows(), log.sign(log.rows())) == Fault::signer_out_of_time;
}

bool a_rewritten_past_is_found() {
  const SampleLog log(30, 10);
  std::mt19937_64 chance(1);  // NOLINT: the same one each time
  for (const Forgery how : {Forgery::insert, Forgery::change}) {
    const Rows rows = forged(log.rows(), how, 20, chance);
    if (found(log, rows, log.sign(rows), earlier_of(log.rows(), 25)) != Fault::rewritten) return false;
  }
  return !found(log, log.rows(), log.sign(log.rows()), earlier_of(log.rows(), 25));
}

}  // namespace noroshi::test
