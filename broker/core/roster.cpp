#include "broker/core/roster.h"

#include <algorithm>

namespace noroshi::core {

void Roster::apply(const Member& member, Bytes body, Seq seq) {
  enrolled_at_.try_emplace(member.organization, seq);
  if (member.revoked)
    revoked_at_.try_emplace(member.organization, seq);  // said again, it was revoked before
  else
    revoked_at_.erase(member.organization);
  std::erase_if(by_key_, [&](const auto& entry) { return entry.second == member.organization; });
  for (const PublicKey& key : member.transport_keys) by_key_[key] = member.organization;
  for (const RetiredKeys& former : member.retired) by_key_[former.transport] = member.organization;
  members_[member.organization] = member;
  bodies_[member.organization] = std::move(body);
}

const Member* Roster::by_organization(const std::string& organization) const {
  const auto it = members_.find(organization);
  return it == members_.end() ? nullptr : &it->second;
}

namespace {

Seq seq_of(const std::map<std::string, Seq>& entries, const std::string& organization) {
  const auto it = entries.find(organization);
  return it == entries.end() ? Seq{} : it->second;
}

}  // namespace

Seq Roster::enrolled_at(const std::string& organization) const { return seq_of(enrolled_at_, organization); }
Seq Roster::revoked_at(const std::string& organization) const { return seq_of(revoked_at_, organization); }

const Member* Roster::by_transport_key(const PublicKey& key) const {
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? nullptr : by_organization(it->second);
}

const Member* Roster::connecting(const PublicKey& key, Micros now) const {
  const Member* member = by_transport_key(key);
  return member && member->may_connect(key, now) ? member : nullptr;
}

bool Roster::keys_are_its_own(const Member& member) const {
  const auto is_anothers = [&](const PublicKey& key) {
    const Member* owner = by_transport_key(key);
    return owner && owner->organization != member.organization;
  };
  return std::none_of(member.transport_keys.begin(), member.transport_keys.end(), is_anothers) &&
         std::none_of(member.retired.begin(), member.retired.end(),
                      [&](const RetiredKeys& former) { return is_anothers(former.transport); });
}

std::vector<Bytes> Roster::bodies() const {
  std::vector<Bytes> all;
  for (const auto& [organization, body] : bodies_) all.push_back(body);
  return all;
}

}  // namespace noroshi::core
