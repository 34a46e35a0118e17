// A member as plain data, decoded from a registrar-signed MemberChange.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/types/ids.h"
#include "proto/types/names.h"
#include "proto/types/report.h"

namespace noroshi {

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

  bool active(Micros now) const {
    return !revoked && valid_from <= now && (valid_until == Micros{} || now < valid_until);
  }
};

}  // namespace noroshi
