#include "auditor/signers.h"

#include <algorithm>

#include "auditor/planted.h"
#include "proto/wire/signing.h"

namespace noroshi::auditor {

namespace {
// A broker checks a signature when the report comes and records it when its turn has come, in a flood some seconds later.
constexpr std::int64_t kInTurn = 60 * kMicrosPerSecond;
}  // namespace

std::optional<Fault> Signers::learn(const v1::MemberChange& change, Micros recorded_at) {
  const auto member = wire::open_member(registrar_, change);
  if (!member) return Fault::member_not_signed;
  Signer& signer = signers_[member->organization];
  if (member->signed_at < signer.signed_at && !planted(Bug::old_member_taken)) return Fault::member_outdated;
  signer.signed_at = member->signed_at;
  signer.revoked = member->revoked;
  signer.from = member->valid_from;
  signer.until = member->valid_until;
  for (auto& [id, known] : signer.keys) known.until = std::min(known.until.value_or(recorded_at), recorded_at);
  for (const RetiredKeys& former : member->retired)
    signer.keys[wire::key_id(former.signing)] = {former.signing, former.until};
  for (const PublicKey& key : member->signing_keys) signer.keys[wire::key_id(key)] = {key, std::nullopt};
  return std::nullopt;
}

std::optional<Fault> Signers::check(const Signature& what, const std::string& organization, Micros recorded_at) const {
  const auto signer = signers_.find(organization);
  if (signer == signers_.end()) return Fault::signer_unknown;
  const auto known = signer->second.keys.find(what.key_id);
  if (known == signer->second.keys.end()) return Fault::signer_unknown;
  const auto& [key, key_until] = known->second;
  const Signer& enrolment = signer->second;
  const bool over = (enrolment.until != Micros{} && enrolment.until + kInTurn <= recorded_at) ||
                    (key_until && *key_until + kInTurn <= recorded_at);
  const bool in_time = !enrolment.revoked && enrolment.from <= recorded_at && !over;
  if (!in_time && !planted(Bug::signature_time_ignored)) return Fault::signer_out_of_time;
  return wire::verify(key, what.context, what.bytes, what.signature) ? std::nullopt
                                                                     : std::optional(Fault::signature_invalid);
}

}  // namespace noroshi::auditor
