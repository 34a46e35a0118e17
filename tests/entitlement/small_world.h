// A world small enough to try everything in: four organisations in two sectors and three tiers, five labels, and every
// audience that can be written about them.
#pragma once

#include <string>
#include <vector>

#include "proto/types/member.h"
#include "proto/types/report.h"

namespace noroshi::entitlement {

std::vector<std::string> every_label();      // in order of restriction
std::vector<Tlp> every_clearance();          // the same
std::vector<Audience> every_audience();      // 2^2 sectors x 2^3 tiers x 2^4 organisations
std::vector<Member> four_organizations();    // ministry of both sectors, an operator in each, a vendor in none
std::vector<Member> five_auditors();         // one for each clearance; in sectors and tiers too, as members are
std::vector<Member> everybody();             // both
std::string describe(const Report& report);  // for a failure's message

}  // namespace noroshi::entitlement
