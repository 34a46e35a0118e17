#include "broker/core/roster.h"

namespace noroshi::core {

void Roster::apply(const Member& member, Bytes body) {
  std::erase_if(by_key_, [&](const auto& entry) { return entry.second == member.organization; });
  for (const PublicKey& key : member.transport_keys) by_key_[key] = member.organization;
  members_[member.organization] = member;
  bodies_[member.organization] = std::move(body);
}

const Member* Roster::by_organization(const std::string& organization) const {
  const auto it = members_.find(organization);
  return it == members_.end() ? nullptr : &it->second;
}

const Member* Roster::by_transport_key(const PublicKey& key) const {
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? nullptr : by_organization(it->second);
}

bool Roster::keys_are_its_own(const Member& member) const {
  for (const PublicKey& key : member.transport_keys) {
    const Member* owner = by_transport_key(key);
    if (owner && owner->organization != member.organization) return false;
  }
  return true;
}

std::vector<Bytes> Roster::bodies() const {
  std::vector<Bytes> all;
  for (const auto& [organization, body] : bodies_) all.push_back(body);
  return all;
}

}  // namespace noroshi::core
