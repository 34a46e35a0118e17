#include "proto/client/keyring.h"

#include "proto/wire/signing.h"

namespace noroshi::client {

std::size_t Keyring::load(const v1::Roster& roster) {
  std::size_t not_signed = 0;
  names_.clear();
  enrolled_.clear();
  for (const v1::MemberChange& change : roster.members()) {
    const auto member = wire::open_member(registrar_, change);
    if (!member) {
      ++not_signed;
      continue;
    }
    names_[member->organization] = member->name;
    add_keys(*member, enrolled_[member->organization]);
  }
  return not_signed;
}

Check Keyring::learn(const v1::MemberChange& change) {
  const auto member = wire::open_member(registrar_, change);
  if (!member) return Check::invalid;
  add_keys(*member, learnt_[member->organization]);
  return Check::valid;
}

void Keyring::add_keys(const Member& member, Keys& to) {
  for (const RetiredKeys& former : member.retired) to[wire::key_id(former.signing)] = {former.signing, former.until};
  for (const PublicKey& key : member.signing_keys) to[wire::key_id(key)] = {key, std::nullopt};
}

const Keyring::Key* Keyring::key_in(const std::map<std::string, Keys>& keys, const std::string& organization,
                                    const std::string& key_id) {
  const auto of_organization = keys.find(organization);
  if (of_organization == keys.end()) return nullptr;
  const auto found = of_organization->second.find(key_id);
  return found == of_organization->second.end() ? nullptr : &found->second;
}

Check Keyring::check(const v1::SignedReport& report, const std::string& organization, Micros recorded_at) const {
  return check({wire::kReportContext, report.report(), report.signature(), report.key_id()}, organization, recorded_at);
}

Check Keyring::check(const v1::SignedReceipt& receipt, const std::string& organization, Micros recorded_at) const {
  return check({wire::kReceiptContext, receipt.receipt(), receipt.signature(), receipt.key_id()}, organization,
               recorded_at);
}

Check Keyring::check(const Signed& what, const std::string& organization, Micros recorded_at) const {
  const Key* known = key_in(enrolled_, organization, what.key_id);
  if (!known) known = key_in(learnt_, organization, what.key_id);
  if (!known || (known->until && *known->until <= recorded_at)) return Check::unknown_key;
  return wire::verify(known->key, what.context, what.bytes, what.signature) ? Check::valid : Check::invalid;
}

const Localized* Keyring::name(const std::string& organization) const {
  const auto it = names_.find(organization);
  return it == names_.end() ? nullptr : &it->second;
}

}  // namespace noroshi::client
