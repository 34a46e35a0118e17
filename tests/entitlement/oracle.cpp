#include "tests/entitlement/oracle.h"

#include <algorithm>
#include <iterator>

namespace noroshi::entitlement {

namespace {

const std::vector<std::string> kLabels{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
constexpr std::size_t kGreen = 1;
constexpr std::size_t kRed = 4;

std::size_t rank_of(const std::string& label) {
  return static_cast<std::size_t>(std::find(kLabels.begin(), kLabels.end(), label) - kLabels.begin());
}

std::size_t rank_of(Tlp clearance) {
  switch (clearance) {
    case Tlp::clear: return 0;
    case Tlp::green: return 1;
    case Tlp::amber: return 2;
    case Tlp::amber_strict: return 3;
    case Tlp::red: return 4;
  }
  return kLabels.size();
}

std::string word_of(Tier tier) {
  switch (tier) {
    case Tier::nisc: return "nisc";
    case Tier::ministry: return "ministry";
    case Tier::ceptoar: return "ceptoar";
    case Tier::operator_: return "operator";
    case Tier::vendor: return "vendor";
    case Tier::research: return "research";
    case Tier::auditor: return "auditor";
  }
  return "";
}

Group both(const Group& a, const Group& b) {
  Group out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

Group either(const Group& a, const Group& b) {
  Group out;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

Group without(const Group& a, const Group& b) {
  Group out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

template <class Fits>
Group those(const std::vector<Member>& members, Fits fits) {
  Group out;
  for (std::size_t i = 0; i < members.size(); ++i)
    if (fits(members[i])) out.insert(out.end(), i);
  return out;
}

bool nothing_given(const Audience& audience) {
  return audience.sectors.size() + audience.tiers.size() + audience.organizations.size() == 0;
}

Group named(const std::vector<Member>& members, const Audience& audience) {
  Group out;
  for (const std::string& name : audience.organizations)
    out = either(out, those(members, [&](const Member& m) { return m.organization == name; }));
  return out;
}

Group grouped(const std::vector<Member>& members, const Audience& audience) {
  if (audience.sectors.empty() && audience.tiers.empty()) return {};
  Group by_sector;
  for (const std::string& sector : audience.sectors)
    by_sector = either(by_sector, those(members, [&](const Member& m) {
                         return std::count(m.sectors.begin(), m.sectors.end(), sector) != 0;
                       }));
  Group by_tier;
  for (const std::string& tier : audience.tiers)
    by_tier = either(by_tier, those(members, [&](const Member& m) { return word_of(m.tier) == tier; }));
  if (audience.sectors.empty()) return by_tier;
  if (audience.tiers.empty()) return by_sector;
  return both(by_sector, by_tier);
}

}  // namespace

Group in_force(const std::vector<Member>& members, Micros now) {
  const Group all = those(members, [](const Member&) { return true; });
  const Group revoked = those(members, [](const Member& m) { return m.revoked; });
  const Group to_come = those(members, [&](const Member& m) { return m.valid_from.value > now.value; });
  const Group over =
      those(members, [&](const Member& m) { return m.valid_until.value != 0 && m.valid_until.value <= now.value; });
  return without(all, either(revoked, either(to_come, over)));
}

Group readers(const std::vector<Member>& members, const Report& report, Micros now) {
  const std::size_t label = rank_of(report.tlp);
  if (label == kLabels.size()) return {};
  Group may = those(members, [&](const Member& m) { return m.organization == report.organization; });
  may = either(may, those(members, [&](const Member& m) {
                 return m.audit_clearance.has_value() && rank_of(*m.audit_clearance) >= label;
               }));
  may = either(may, named(members, report.audience));
  if (label < kRed) may = either(may, grouped(members, report.audience));
  if (label <= kGreen && nothing_given(report.audience)) may = those(members, [](const Member&) { return true; });
  return both(may, in_force(members, now));
}

Group auditors(const std::vector<Member>& members, Micros now) {
  return both(those(members, [](const Member& m) { return m.audit_clearance.has_value(); }), in_force(members, now));
}

Group listeners(const std::vector<Member>& members) {
  return those(members, [](const Member& m) { return m.subscribe || m.audit_clearance.has_value(); });
}

Group receipt_readers(const std::vector<Member>& members, const std::vector<const Report*>& reports, Micros now) {
  Group whole = auditors(members, now);
  for (const Report* report : reports)
    whole = both(whole, report ? readers(members, *report, now) : those(members, [](const Member& m) {
                   return m.audit_clearance.has_value() && rank_of(*m.audit_clearance) == kRed;
                 }));
  return whole;
}

Group access_readers(const std::vector<Member>& members, const std::string& organization, Micros now) {
  const Group own = those(members, [&](const Member& m) { return m.organization == organization; });
  const Group cleared = those(
      members, [](const Member& m) { return m.audit_clearance.has_value() && rank_of(*m.audit_clearance) == kRed; });
  return both(either(own, cleared), auditors(members, now));
}

Group expected_to_confirm(const std::vector<Member>& members, const Report& report, Micros recorded_at) {
  const Group author = those(members, [&](const Member& m) { return m.organization == report.organization; });
  const Group subscribers = those(members, [](const Member& m) { return m.subscribe; });
  return without(both(readers(members, report, recorded_at), subscribers), author);
}

Group board_readers(const std::vector<Member>& members, const Report& report, Micros now) {
  return both(readers(members, report, now), listeners(members));
}

Group board_overseers(const std::vector<Member>& members, const Report& report, Micros now) {
  return both(auditors(members, now), those(members, [&](const Member& m) {
                return m.audit_clearance.has_value() && rank_of(*m.audit_clearance) >= rank_of(report.tlp);
              }));
}

Group leaf_readers(const std::vector<Member>& members, const Report& report, Micros now) {
  return without(auditors(members, now), readers(members, report, now));
}

bool is_public(const Report& report) {
  return rank_of(report.tlp) == 0 && nothing_given(report.audience) && report.status.has_value() &&
         *report.status == Status::actual;
}

bool publishable(const Report& report) {
  const std::size_t label = rank_of(report.tlp);
  if (label == kLabels.size()) return false;
  if (label == kRed) return !report.audience.organizations.empty();
  return label <= kGreen || !nothing_given(report.audience);
}

}  // namespace noroshi::entitlement
