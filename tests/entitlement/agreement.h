// One report and a list of members: what the functions say against what the oracle says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/types/member.h"
#include "proto/types/report.h"

namespace noroshi::entitlement {

// Asks entitled, release_to, release_to_auditor, entitled_public and release_to_public; nullopt: they all agree.
std::optional<std::string> disagreement_on(const std::vector<Member>& members, const Report& report, Micros now);

}  // namespace noroshi::entitlement
