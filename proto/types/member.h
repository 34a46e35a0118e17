// A member as plain data, decoded from a registrar-signed MemberChange.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "proto/types/ids.h"
#include "proto/types/limits.h"
#include "proto/types/names.h"
#include "proto/types/report.h"

namespace noroshi {

// Former keys, good until then.
struct RetiredKeys {
  PublicKey transport{};
  PublicKey signing{};
  Micros until{};
};

struct Member {
  std::string organization;
  Localized name;
  Tier tier{};
  std::vector<std::string> sectors;
  std::string source;                // source group of what it publishes
  std::vector<std::string> publish;  // item patterns (dot-aligned prefixes, "*"); empty = no publisher
  bool subscribe = false;
  std::optional<Tlp> audit_clearance;
  std::vector<PublicKey> transport_keys;
  std::vector<PublicKey> signing_keys;
  Micros valid_from{};
  Micros valid_until{};  // 0 = no end
  bool revoked = false;
  bool annotate = false;  // may attach COMMENT and SUMMARY to reports of others
  std::vector<RetiredKeys> retired;
  Micros signed_at{};  // by the registrar; 0: by a program that did not say
  std::vector<std::string>
      contacts;  // whom to call in turn when its confirmation is overdue: URIs (tel:, mailto:) or words

  bool active(Micros now) const {
    return !revoked && valid_from <= now && (valid_until == Micros{} || now < valid_until);
  }
  // When access with this transport key ends; nullopt: it does not end by itself.
  std::optional<Micros> access_ends(const PublicKey& transport) const {
    std::optional<Micros> end;
    if (valid_until != Micros{}) end = valid_until;
    if (std::find(transport_keys.begin(), transport_keys.end(), transport) != transport_keys.end()) return end;
    Micros until{};  // of a key that is not this member's: long ago
    for (const RetiredKeys& keys : retired)
      if (keys.transport == transport) until = std::max(until, keys.until);
    return end ? std::min(*end, until) : until;
  }
  bool may_connect(const PublicKey& transport, Micros now) const {
    const auto end = access_ends(transport);
    return active(now) && (!end || now < *end);
  }
  // Still valid, and not for much longer.
  bool ends_soon(Micros now) const {
    constexpr std::int64_t kSoon = limits::kExpiryWarningDays * 24 * 3600 * kMicrosPerSecond;
    return active(now) && valid_until != Micros{} && valid_until - now < kSoon;
  }
  std::vector<PublicKey> signing_keys_at(Micros now) const {
    std::vector<PublicKey> keys = signing_keys;
    for (const RetiredKeys& former : retired)
      if (now < former.until) keys.push_back(former.signing);
    return keys;
  }
};

}  // namespace noroshi
