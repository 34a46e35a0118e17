#include "proto/client/proof.h"

#include <algorithm>

#include "proto/tlog/entry_leaf.h"
#include "proto/tlog/proof_file.h"

namespace noroshi::client {

namespace {

[[noreturn]] void fail(const Entry& entry, const std::string& why) {
  throw cli::Failure(cli::kUnverified,
                     "#" + std::to_string(entry.seq.value) +
                         say({": ブローカーの証明を確認できません: ", ": the broker's proof does not hold: "}) + why +
                         say({"。通信の記録を残し、ブローカーの運用者に問い合わせてください",
                              ": keep what you have, and ask the broker's operator"}));
}

}  // namespace

tlog::Result<tlog::Proof> hashes_of(const v1::ProofAnswer& answer) {
  tlog::Proof out;
  for (const std::string& hash : answer.hashes()) {
    if (hash.size() != sizeof(Hash)) return tlog::Fault::bad_hash;
    std::copy(hash.begin(), hash.end(), out.emplace_back().begin());
  }
  return out;
}

Proved checked(const v1::ProofAnswer& answer, const Entry& entry, const tlog::VerifierKey& log) {
  if (!answer.known()) fail(entry, say({"この番号の証明がありません", "it has none for this sequence"}));
  auto proof = hashes_of(answer);
  if (!proof) fail(entry, tlog::describe(proof.problem()));
  std::string text = tlog::to_text(tlog::ProofFile{previous(entry.seq).value, proof.take(), answer.checkpoint(), {}});
  const auto opened = tlog::open_proof_file(text, tlog::leaf_data(entry), log);
  if (!opened) fail(entry, tlog::describe(opened.problem()));
  return {std::move(text), opened->checkpoint};
}

Proved prove(Enquiry& broker, const Entry& entry, const tlog::VerifierKey& log) {
  v1::Query query;
  query.mutable_proof()->set_seq(entry.seq.value);
  return checked(broker.ask(std::move(query)).proof(), entry, log);
}

}  // namespace noroshi::client
