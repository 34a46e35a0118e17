// Who is who: names and signing keys of the members, each vouched for by the registrar. Checks reports' signatures
// without trusting the broker. Pure; one owner, one thread.
#pragma once

#include <map>
#include <optional>
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

  // `unknown_key` if the key id names no key that the organisation had at the time; `invalid` if the signature does not
  // fit. A revoked member's keys, and former ones, still check what was recorded while they were good.
  Check check(const v1::SignedReport& report, const std::string& organization, Micros recorded_at) const;
  Check check(const v1::SignedReceipt& receipt, const std::string& organization, Micros recorded_at) const;

  const Localized* name(const std::string& organization) const;  // nullptr: not in the roster
  std::size_t size() const { return names_.size(); }

 private:
  struct Key {
    PublicKey key{};
    std::optional<Micros> until;
  };
  using Keys = std::map<std::string, Key>;  // by key id
  struct Signed {
    std::string_view context, bytes, signature;
    const std::string& key_id;
  };
  Check check(const Signed& what, const std::string& organization, Micros recorded_at) const;
  static void add_keys(const Member& member, Keys& to);
  static const Key* key_in(const std::map<std::string, Keys>& keys, const std::string& organization,
                           const std::string& key_id);

  PublicKey registrar_;
  std::map<std::string, Localized> names_;  // by organisation, as the two below
  std::map<std::string, Keys> enrolled_;    // by the newest roster
  std::map<std::string, Keys> learnt_;      // from the log
};

}  // namespace noroshi::client
