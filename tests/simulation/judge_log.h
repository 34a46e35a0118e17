// What must be true of the log after the calm, whoever looks at it: auditors, readers of a thread, everybody who hears of the
// posture.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "proto/types/entry.h"
#include "schemas/matrix.h"
#include "tests/simulation/simulated_auditor.h"
#include "tests/simulation/simulated_subscriber.h"

namespace noroshi::simulation {

// Each has seen the whole log as it is, and of it exactly what its clearance allows.
void judge_auditors(const std::vector<Record>& log, const std::vector<std::unique_ptr<SimulatedAuditor>>& auditors,
                    Judge& judge);

// What corrects a report or calls it back stands after it in a lane that is as fast, and who has the one has the other.
void judge_threads(const std::vector<Record>& log, const std::vector<std::unique_ptr<SimulatedSubscriber>>& subscribers,
                   const std::set<std::string>& revoked, Judge& judge);

// The posture is what the response rooms and the operator said last, and everybody has heard of it.
void judge_posture(const std::vector<Record>& log, const std::vector<std::unique_ptr<SimulatedSubscriber>>& subscribers,
                   const std::set<std::string>& revoked, Judge& judge);

}  // namespace noroshi::simulation
