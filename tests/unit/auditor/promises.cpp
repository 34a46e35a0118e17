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
    // Nor is it called a rewritten past by who has that very checkpoint, be it from the greeting of the same session.
    if (found(log, rows, log.sign(log.rows()), earlier_of(log.rows(), log.rows().size())) != Fault::root_mismatch)
      return false;
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

// The registrar's signature is on it, for ever; so it says when it was signed.
bool an_old_enrolment_does_not_come_back() {
  SampleLog log(10, 0);
  const Signer& author = log.author(0);
  Member member = author.member();
  member.signed_at = log.now();
  log.add_member(member);
  Member revoked = member;
  revoked.revoked = true;
  revoked.signed_at = log.now() + 1;
  log.add_member(revoked);
  if (found(log, log.rows(), log.sign(log.rows()))) return false;
  log.add_member(member);
  log.add_report(author);
  return found(log, log.rows(), log.sign(log.rows())) == Fault::member_outdated;
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

// Whoever put the log back, or shows two of them, has to take the receipts of both; and each is a member's signed word.
bool a_member_that_saw_another_log_is_found() {
  const SampleLog log(20);
  const auto counts = [](const SampleLog& of) {
    auditor::LogCheck check(of.registrar().public_key, {});
    for (const Row& row : of.rows())
      if (check.take(row.entry, row.redacted)) throw std::logic_error("the sample log does not hold");
    return check.counts();
  };
  SampleLog honest = log;
  for (std::size_t size = 1; size <= log.rows().size(); ++size)
    honest.add_receipt(honest.author(0), head_of(log, size));
  const auto agreed = counts(honest);
  if (agreed.trees_agree != log.rows().size() || agreed.trees_differ != 0) return false;

  SampleLog other = log;
  TreeHead changed = head_of(log, 7);
  changed.root[0] ^= 1;
  other.add_receipt(other.author(0), head_of(log, 7));
  other.add_receipt(other.author(1), changed);
  SampleLog longer = log;
  longer.add_report(longer.author(0));
  longer.add_report(longer.author(0));
  longer.add_report(longer.author(0));
  other.add_receipt(other.author(2), head_of(longer, 23));  // it has lost an entry since, and this is where that was
  const auto found = counts(other);
  return found.trees_agree == 1 && found.trees_differ == 2 && found.differing.size() == 2 &&
         found.differing[0].seq == Seq{22} && found.differing[0].organization == other.author(1).organization &&
         found.differing[1].head.size == 23;
}

// Without any key: an enrolment or a revocation as a leaf fits the tree, and what follows from it is not seen.
bool what_everybody_may_see_is_not_hidden() {
  SampleLog log(20);
  log.add_member(log.author(0).member());
  log.add(EntryKind::digest, v1::DigestRelease().SerializeAsString());
  for (const Row& row : log.rows()) {
    Rows rows = log.rows();
    Row& hidden = rows[row.entry.seq.value - 1];
    hidden.redacted = true;
    hidden.entry.body.clear();
    const bool seen_by_all = row.entry.kind == EntryKind::member || row.entry.kind == EntryKind::digest;
    if (found(log, rows, log.sign(rows)) != (seen_by_all ? std::optional(Fault::wrongly_hidden) : std::nullopt))
      return false;
  }
  return true;
}

// The author's signature is as good the second time. Receipts may speak of a report as often as they like.
bool a_report_is_recorded_once() {
  SampleLog log(20);
  for (int n = 0; n < 3000; ++n) log.add_report(log.author(0));
  log.add_receipt(log.author(1), head_of(log, 5));
  log.add_receipt(log.author(1), head_of(log, 5));
  if (found(log, log.rows(), log.sign(log.rows()))) return false;
  for (const std::size_t n : {20U, 1500U, 3019U}) {
    SampleLog again = log;
    again.add(EntryKind::report, log.rows()[n].entry.body);
    if (found(again, again.rows(), again.sign(again.rows())) != Fault::report_twice) return false;
  }
  return true;
}

}  // namespace noroshi::test
