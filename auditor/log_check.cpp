#include "auditor/log_check.h"

#include <stdexcept>
#include <utility>

#include "auditor/planted.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/wire/decode.h"

namespace noroshi::auditor {

namespace {

constexpr std::size_t kOthersNamed = 100;

// What an auditor may not see is a report, or tells of one, or of what another auditor looked at.
bool may_be_hidden(EntryKind kind) {
  return (kind != EntryKind::member && kind != EntryKind::digest) || planted(Bug::any_kind_hidden);
}

}  // namespace

std::optional<Earlier> earlier_than(const tlog::Checkpoint& present, Earlier signed_before) {
  const auto same = signed_before.find(present.size);
  if (same == signed_before.end()) return signed_before;
  if (same->second != present.root && !planted(Bug::earlier_not_compared)) return std::nullopt;
  signed_before.erase(same);
  return signed_before;
}

LogCheck::LogCheck(const PublicKey& registrar, Earlier earlier) : signers_(registrar), earlier_(std::move(earlier)) {}

bool LogCheck::agrees() const {
  const auto then = earlier_.find(tree_.size());
  return planted(Bug::earlier_not_compared) || then == earlier_.end() || then->second == tree_.root();
}

std::optional<Finding> LogCheck::take(const Entry& entry, bool redacted) {
  if (entry.seq.value != tree_.size() + 1) return Finding{Fault::out_of_order, entry.seq, {}};
  if (tree_.size() == 0 && !agrees()) return Finding{Fault::rewritten, {}, {}};
  if (entry.recorded_at < last_) return Finding{Fault::time_backwards, entry.seq, {}};
  last_ = entry.recorded_at;
  ++counts_.entries;
  counts_.redacted += redacted;
  if (redacted && !may_be_hidden(entry.kind)) return Finding{Fault::wrongly_hidden, entry.seq, {}};
  if (!redacted)
    if (auto found = check_body(entry)) return found;
  tree_.append(tlog::leaf_hash(entry));
  // Everything up to here was signed for once: what differs lies before.
  if (!agrees()) return Finding{Fault::rewritten, {}, "1–" + std::to_string(tree_.size())};
  return std::nullopt;
}

std::optional<Finding> LogCheck::check_body(const Entry& entry) {
  Record record;
  try {
    record = wire::decode_entry(entry);
  } catch (const std::runtime_error& error) {
    return Finding{Fault::unreadable, entry.seq, error.what()};
  }
  std::optional<Fault> fault;
  if (entry.kind == EntryKind::member) {
    v1::MemberChange change;
    change.ParseFromString(entry.body);
    fault = signers_.learn(change, entry.recorded_at);
    counts_.members += !fault;
  } else if (const Report* report = record.report()) {
    v1::SignedReport in;
    in.ParseFromString(entry.body);
    fault = signers_.check({wire::kReportContext, in.report(), in.signature(), in.key_id()}, report->organization,
                           entry.recorded_at);
    counts_.reports += !fault;
    if (!fault && !reports_.add(report->id) && !planted(Bug::ids_not_remembered)) fault = Fault::report_twice;
  } else if (const auto* receipt = std::get_if<Receipt>(&record.content)) {
    v1::SignedReceipt in;
    in.ParseFromString(entry.body);
    fault = signers_.check({wire::kReceiptContext, in.receipt(), in.signature(), in.key_id()}, receipt->organization,
                           entry.recorded_at);
    counts_.receipts += !fault;
    if (!fault) check_seen(*receipt, entry.seq);
  } else if (std::holds_alternative<Access>(record.content)) {
    ++counts_.accesses;
  }
  if (!fault) return std::nullopt;
  return Finding{*fault, entry.seq, {}};
}

// A receipt comes after what its member has seen: before it, there must have been exactly that tree.
void LogCheck::check_seen(const Receipt& receipt, Seq seq) {
  if (!receipt.seen) return;
  const TreeHead& seen = *receipt.seen;
  if ((seen.size <= tree_.size() && tree_.root(seen.size) == seen.root) || planted(Bug::seen_not_compared)) {
    ++counts_.trees_agree;
    return;
  }
  ++counts_.trees_differ;
  if (counts_.differing.size() < kOthersNamed) counts_.differing.push_back({seq, receipt.organization, seen});
}

std::optional<Finding> LogCheck::finish(const tlog::Checkpoint& checkpoint) const {
  if (tree_.size() != checkpoint.size)
    return Finding{Fault::incomplete, {}, std::to_string(tree_.size()) + " ≠ " + std::to_string(checkpoint.size)};
  if (tree_.root() != checkpoint.root && !planted(Bug::root_not_compared)) return Finding{Fault::root_mismatch, {}, {}};
  if (!earlier_.empty() && earlier_.rbegin()->first > tree_.size())
    return Finding{
        Fault::shortened, {}, std::to_string(tree_.size()) + " < " + std::to_string(earlier_.rbegin()->first)};
  return std::nullopt;
}

}  // namespace noroshi::auditor
