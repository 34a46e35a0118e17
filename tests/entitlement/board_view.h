// The confirmation board as lines of text: what somebody was answered, and what the log and the oracle say it should be.
#pragma once

#include <string>
#include <vector>

#include "tests/entitlement/oracle.h"
#include "tests/support/core_world.h"

namespace noroshi::entitlement {

// A line for each report, in order: "r1 of meti: bank –, hatsuden responded relevant naisho @12".
test::Names lines_of(const std::vector<core::BoardReport>& board);

// What `viewer` is to be answered now. `members`: as they stand.
test::Names expected_lines(const std::vector<RecordPtr>& log, const std::vector<Member>& members, const Member& viewer,
                           Micros now);

}  // namespace noroshi::entitlement
