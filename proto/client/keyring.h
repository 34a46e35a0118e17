// Who is who: names and signing keys of the members, each vouched for by the registrar. Checks reports' signatures
// without trusting the broker. Pure; one owner, one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "noroshi/v1/session.pb.h"
#include "proto/types/member.h"
#include "proto/types/names.h"

namespace noroshi::client {

enum class Check { valid = 1, invalid, unknown_key };
inline constexpr NameTable<Check, 3> kChecks{
    {{Check::valid, "valid"}, {Check::invalid, "invalid"}, {Check::unknown_key, "unknown-key"}}};
constexpr std::string_view name_of(Check v) { return name_in(kChecks, v); }

class Keyring {
 public:
  explicit Keyring(const PublicKey& registrar) : registrar_(registrar) {}

  // Takes a whole roster in place of the one before. A change that the registrar did not sign is left out; returns how
  // many those were.
  std::size_t load(const v1::Roster& roster);

  // A change met in the log: its keys hold from then on beside those of the roster, so that what was signed before a
  // change of keys stays checkable. `invalid`: not the registrar's word, nothing learnt.
  Check learn(const v1::MemberChange& change);

  // `unknown_key` if the key id names no key of the organisation that the report claims to be from; `invalid` if the
  // signature does not fit or the bytes are no report. A revoked member's keys still check what it signed before.
  Check check(const v1::SignedReport& report) const;
  // The same for a report that is already decoded.
  Check check(const v1::SignedReport& report, const std::string& organization) const;

  const Localized* name(const std::string& organization) const;  // nullptr: not in the roster
  std::size_t size() const { return members_.size(); }

 private:
  using Keys = std::map<std::string, PublicKey>;  // by key id
  struct Known {
    Localized name;
    Keys keys;
  };

  PublicKey registrar_;
  std::map<std::string, Known> members_;  // by organisation: the newest roster
  std::map<std::string, Keys> learnt_;
};

}  // namespace noroshi::client
