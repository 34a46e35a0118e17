// What the log says of who has a report, held against what the inboxes hold.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/simulated_subscriber.h"

namespace noroshi::simulation {

// After the calm: each receipt that an inbox has settled is in the log, nothing is owed any more, nobody has confirmed what it
// did not get. Of the organisations in `revoked` only what must never be.
void judge_receipts(const std::vector<Record>& log,
                    const std::vector<std::unique_ptr<SimulatedSubscriber>>& subscribers,
                    const std::set<std::string>& revoked, Judge& judge);

}  // namespace noroshi::simulation
