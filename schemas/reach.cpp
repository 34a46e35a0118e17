#include "schemas/reach.h"

#include <algorithm>
#include <string>
#include <vector>

namespace noroshi {

namespace {

bool includes(const std::vector<std::string>& list, const std::vector<std::string>& other) {
  return std::all_of(other.begin(), other.end(),
                     [&](const std::string& each) { return std::find(list.begin(), list.end(), each) != list.end(); });
}

bool for_everyone(const Report& report) {
  return (report.label() == Tlp::clear || report.label() == Tlp::green) && report.audience.empty();
}

bool names_a_group(const Audience& audience) { return !audience.sectors.empty() || !audience.tiers.empty(); }

// Of its sectors and tiers; an empty list of the two leaves all in.
bool group_includes(const Audience& audience, const Audience& other) {
  if (!names_a_group(other)) return true;
  if (!names_a_group(audience)) return false;
  const auto wider = [](const auto& list, const auto& narrow) {
    return list.empty() || (!narrow.empty() && includes(list, narrow));
  };
  return wider(audience.sectors, other.sectors) && wider(audience.tiers, other.tiers);
}

}  // namespace

bool entitled_public(const Report& report) {
  return report.label() == Tlp::clear && report.audience.empty() && report.status == Status::actual;
}

bool reaches_as_far(const Report& report, const Report& other) {
  if (!report.label() || !other.label() || *report.label() > *other.label()) return false;
  if (entitled_public(other) && !entitled_public(report)) return false;
  if (for_everyone(report)) return true;
  if (for_everyone(other)) return false;
  std::vector<std::string> named = other.audience.organizations;
  std::erase(named, report.organization);  // has what it says itself
  return includes(report.audience.organizations, named) &&
         (*other.label() == Tlp::red || group_includes(report.audience, other.audience));
}

}  // namespace noroshi
