// What should be true, said a second time and naively: the simulator's judge. Shares no rule with the broker's core.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "proto/types/entry.h"
#include "proto/types/member.h"

namespace noroshi::simulation {

// May this member receive this report (revocation and validity aside)?
bool oracle_allows(const Member& member, const Report& report);
bool oracle_allows_public(const Report& report);
// Would a subscription to these topics and statuses ask for this report? `before`: the one that it follows as a version,
// the one that that one did, and so on; who asked for one of them hears of it.
bool oracle_wants(const std::vector<std::string>& topics, const std::set<Status>& statuses, const Report& report,
                  const std::vector<const Report*>& before);

}  // namespace noroshi::simulation
