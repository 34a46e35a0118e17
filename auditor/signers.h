// Who could sign what when, as the member entries of the log say so far, each vouched for by the registrar. Pure; one owner.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "auditor/finding.h"
#include "noroshi/v1/member.pb.h"
#include "proto/types/member.h"

namespace noroshi::auditor {

class Signers {
 public:
  explicit Signers(const PublicKey& registrar) : registrar_(registrar) {}

  // nullopt: taken. A later entry about an organisation replaces the earlier; keys that it leaves out end with it.
  std::optional<Fault> learn(const v1::MemberChange& change, Micros recorded_at);

  struct Signature {
    std::string_view context, bytes, signature;
    const std::string& key_id;
  };
  // nullopt: the organisation has signed this with a key that held then.
  std::optional<Fault> check(const Signature& what, const std::string& organization, Micros recorded_at) const;

 private:
  struct Key {
    PublicKey key{};
    std::optional<Micros> until;
  };
  struct Signer {
    bool revoked = false;
    Micros signed_at{};
    Micros from{};
    Micros until{};                   // 0: no end
    std::map<std::string, Key> keys;  // by id
  };
  PublicKey registrar_;
  std::map<std::string, Signer> signers_;  // by organisation
};

}  // namespace noroshi::auditor
