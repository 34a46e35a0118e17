#include "tests/simulation/oracle.h"

namespace noroshi::simulation {

namespace {

std::set<std::string> words(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

std::vector<std::string> parts(const std::string& topic) {
  std::vector<std::string> out{""};
  for (const char c : topic) {
    if (c == '.')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

}  // namespace

bool oracle_allows(const Member& member, const Report& report) {
  if (member.organization == report.organization) return true;
  static const std::vector<std::string> order{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
  std::size_t label = 0;
  while (label < order.size() && order[label] != report.tlp) ++label;
  if (label == order.size()) return false;
  if (member.audit_clearance && label < static_cast<std::size_t>(*member.audit_clearance)) return true;

  const auto organizations = words(report.audience.organizations);
  if (label == 4) return organizations.count(member.organization) > 0;

  const auto sectors = words(report.audience.sectors);
  const auto tiers = words(report.audience.tiers);
  if (label <= 1 && organizations.empty() && sectors.empty() && tiers.empty()) return true;
  if (organizations.count(member.organization) > 0) return true;
  bool sector_fits = sectors.empty();
  for (const std::string& sector : member.sectors) sector_fits |= sectors.count(sector) > 0;
  const bool tier_fits = tiers.empty() || tiers.count(std::string(name_of(member.tier))) > 0;
  const bool any_given = !sectors.empty() || !tiers.empty();
  return any_given && sector_fits && tier_fits;
}

bool oracle_allows_public(const Report& report) {
  return report.tlp == "CLEAR" && report.audience.organizations.empty() && report.audience.sectors.empty() &&
         report.audience.tiers.empty() && report.status == Status::actual;
}

bool oracle_wants(const std::vector<std::string>& topics, const std::set<Status>& statuses, const Report& report,
                  const std::vector<const Report*>& before) {
  for (const Report* each : before)
    if (oracle_wants(topics, statuses, *each, {})) return true;
  if (statuses.count(*report.status) == 0) return false;
  const auto topic = parts(report.item + "." + report.source);
  for (const std::string& subscription : topics) {
    if (subscription == "*") return true;
    const auto asked = parts(subscription);
    if (asked.size() <= topic.size() &&
        std::vector<std::string>(topic.begin(), topic.begin() + static_cast<std::ptrdiff_t>(asked.size())) == asked)
      return true;
  }
  return false;
}

}  // namespace noroshi::simulation
