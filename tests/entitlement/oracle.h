// Who may read what, a second time and in another way: not asked member by member, but as sets of readers made by set
// algebra from the words of the rules. Shares nothing with broker/core/entitlement.cpp but the plain types.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "proto/types/member.h"
#include "proto/types/report.h"

namespace noroshi::entitlement {

using Group = std::set<std::size_t>;  // of members, by their place in the list

Group in_force(const std::vector<Member>& members, Micros now);
// Who may read the report.
Group readers(const std::vector<Member>& members, const Report& report, Micros now);
// Who may know that it is there: auditors not cleared for it, who see its leaf without the body.
Group leaf_readers(const std::vector<Member>& members, const Report& report, Micros now);
Group auditors(const std::vector<Member>& members, Micros now);
// Who may read anything at all, be it reports, a board, or the answer that a report is there.
Group listeners(const std::vector<Member>& members);

// Auditors who see a receipt whole: those who may read each report that it speaks of. nullptr: one that is not at hand.
Group receipt_readers(const std::vector<Member>& members, const std::vector<const Report*>& reports, Micros now);
// Auditors who see whole that an organisation has read the log: its own, and those cleared for everything.
Group access_readers(const std::vector<Member>& members, const std::string& organization, Micros now);
// Of whom a report's confirmation is expected: its readers then who subscribe, but for its author.
Group expected_to_confirm(const std::vector<Member>& members, const Report& report, Micros recorded_at);
// Who sees a report on the board; and who among them sees everybody's row, not only its own.
Group board_readers(const std::vector<Member>& members, const Report& report, Micros now);
Group board_overseers(const std::vector<Member>& members, const Report& report, Micros now);

bool is_public(const Report& report);
// Whether label and audience fit each other, so that the broker may take the report at all.
bool publishable(const Report& report);

}  // namespace noroshi::entitlement
