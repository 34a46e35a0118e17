#include "proto/client/keyring.h"

#include "proto/wire/signing.h"

namespace noroshi::client {

std::size_t Keyring::load(const v1::Roster& roster) {
  std::size_t not_signed = 0;
  members_.clear();
  for (const v1::MemberChange& change : roster.members()) {
    const auto member = wire::open_member(registrar_, change);
    if (!member) {
      ++not_signed;
      continue;
    }
    Known& known = members_[member->organization];
    known.name = member->name;
    for (const PublicKey& key : member->signing_keys) known.keys[wire::key_id(key)] = key;
  }
  return not_signed;
}

Check Keyring::learn(const v1::MemberChange& change) {
  const auto member = wire::open_member(registrar_, change);
  if (!member) return Check::invalid;
  for (const PublicKey& key : member->signing_keys) learnt_[member->organization][wire::key_id(key)] = key;
  return Check::valid;
}

Check Keyring::check(const v1::SignedReport& report) const {
  v1::Report decoded;
  if (!decoded.ParseFromString(report.report())) return Check::invalid;
  return check(report, decoded.organization());
}

Check Keyring::check(const v1::SignedReport& report, const std::string& organization) const {
  const PublicKey* key = nullptr;
  if (const auto it = learnt_.find(organization); it != learnt_.end())
    if (const auto found = it->second.find(report.key_id()); found != it->second.end()) key = &found->second;
  if (const auto it = members_.find(organization); it != members_.end())
    if (const auto found = it->second.keys.find(report.key_id()); found != it->second.keys.end()) key = &found->second;
  if (!key) return Check::unknown_key;
  const bool fits = wire::verify(*key, wire::kReportContext, report.report(), report.signature());
  return fits ? Check::valid : Check::invalid;
}

const Localized* Keyring::name(const std::string& organization) const {
  const auto it = members_.find(organization);
  return it == members_.end() ? nullptr : &it->second.name;
}

}  // namespace noroshi::client
