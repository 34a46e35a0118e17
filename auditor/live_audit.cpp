#include "auditor/live_audit.h"

#include "proto/client/enquiry.h"
#include "proto/client/proof.h"
#include "proto/wire/decode.h"

namespace noroshi::auditor {

namespace {

tlog::Checkpoint opened_or_wrong(const std::string& note, const tlog::VerifierKey& log) {
  auto open = opened(note, log);
  if (auto* finding = std::get_if<Finding>(&open)) throw Wrong(std::move(*finding));
  return std::get<tlog::Checkpoint>(std::move(open));
}

}  // namespace

LiveAudit::LiveAudit(const cli::Common& common, const Reach& reach, const wire::Credential& credential,
                     const Keys& keys, const Seen& seen)
    : common_(common), reach_(reach), credential_(credential) {
  ask(seen, keys);
}

// A rewritten log is told before all of it has been downloaded; the entries themselves are held against `seen` once more.
void LiveAudit::ask(const Seen& seen, const Keys& keys) {
  client::Enquiry broker(common_, reach_.credential, credential_, "noroshi-auditor/" + std::string(cli::kVersion),
                         reach_.timeout);
  v1::Query query;
  query.mutable_proof()->set_size(seen.checkpoint() ? seen.checkpoint()->size : 0);
  const v1::ProofAnswer answer = broker.ask(std::move(query)).proof();
  matrix_version_ = broker.welcome().matrix_version();
  note_ = answer.checkpoint();
  checkpoint_ = opened_or_wrong(note_, keys.log);
  const tlog::Checkpoint greeting = opened_or_wrong(broker.welcome().checkpoint(), keys.log);
  Earlier earlier{{greeting.size, greeting.root}};
  if (seen.checkpoint() &&
      earlier.emplace(seen.checkpoint()->size, seen.checkpoint()->root).first->second != seen.checkpoint()->root)
    throw Wrong({Fault::rewritten, {}, {}});
  auto leads_from = earlier_than(checkpoint_, std::move(earlier));
  if (!leads_from) throw Wrong({Fault::rewritten, {}, {}});
  check_.emplace(keys.registrar, std::move(*leads_from));
  if (!seen.checkpoint()) return;
  const tlog::Checkpoint& before = *seen.checkpoint();
  if (checkpoint_.size < before.size || !answer.known())
    throw Wrong({Fault::shortened, {}, std::to_string(checkpoint_.size) + " < " + std::to_string(before.size)});
  const auto proof = client::hashes_of(answer);
  if (!proof) throw Wrong({Fault::proof_invalid, {}, {}});
  const tlog::Fault fault =
      tlog::verify_consistency(before.size, before.root, checkpoint_.size, checkpoint_.root, *proof);
  if (fault != tlog::Fault::none) throw Wrong({Fault::rewritten, {}, say(tlog::words(fault))});
}

void LiveAudit::run(v1::Replay::Purpose purpose, const std::function<void(const Entry&, bool redacted)>& good) {
  ReplayOrder order = everything(purpose);
  order.from = Seq{1};
  order.to = Seq{checkpoint_.size};
  LogWalk walk(common_, reach_, credential_, std::move(order), false);
  const bool whole = walk.run([&](const ReplayEntry& each) {
    if (auto finding = check_->take(each.entry, each.redacted)) throw Wrong(std::move(*finding));
    good(each.entry, each.redacted);
  });
  if (!whole) throw cli::Failure(cli::kFailed, common_({"中断しました", "interrupted"}));
  if (auto finding = check_->finish(checkpoint_)) throw Wrong(std::move(*finding));
}

}  // namespace noroshi::auditor
