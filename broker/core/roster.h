// The enrolled members: a fold of the log's MemberChange entries. Owned by the core.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "proto/types/ids.h"
#include "proto/types/member.h"

namespace noroshi::core {

class Roster {
 public:
  void apply(const Member& member, Bytes body, Seq seq);  // the newest change of an organisation is its state

  const Member* by_organization(const std::string& organization) const;
  // The organisation that has, or had until its revocation, this transport key, be it a former one.
  const Member* by_transport_key(const PublicKey& key) const;
  // The same, if it may connect with this key now.
  const Member* connecting(const PublicKey& key, Micros now) const;
  bool keys_are_its_own(const Member& member) const;  // false if another organisation uses one of its keys
  // The entry that first enrolled it; 0: none did.
  Seq enrolled_at(const std::string& organization) const;
  // The entry that revoked it; 0: it is not revoked.
  Seq revoked_at(const std::string& organization) const;
  const std::map<std::string, Member>& all() const { return members_; }
  std::vector<Bytes> bodies() const;  // the newest MemberChange of each, in order of organisation

 private:
  std::map<std::string, Member> members_;
  std::map<std::string, Bytes> bodies_;
  std::map<std::string, Seq> enrolled_at_;
  std::map<std::string, Seq> revoked_at_;
  std::map<PublicKey, std::string> by_key_;
};

}  // namespace noroshi::core
