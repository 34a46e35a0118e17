#include "tests/entitlement/small_world.h"

#include "tests/support/core_world.h"

namespace noroshi::entitlement {

namespace {

std::vector<std::string> subset(const std::vector<std::string>& all, std::size_t bits) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < all.size(); ++i)
    if ((bits >> i & 1U) != 0) out.push_back(all[i]);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + word;
  return "{" + out + "}";
}

}  // namespace

std::vector<std::string> every_label() { return {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}; }

std::vector<Tlp> every_clearance() { return {Tlp::clear, Tlp::green, Tlp::amber, Tlp::amber_strict, Tlp::red}; }

std::vector<Audience> every_audience() {
  std::vector<Audience> all;
  for (std::size_t sectors = 0; sectors < 4; ++sectors)
    for (std::size_t tiers = 0; tiers < 8; ++tiers)
      for (std::size_t organizations = 0; organizations < 16; ++organizations)
        all.push_back({subset({"electricity", "gas"}, sectors), subset({"ministry", "operator", "vendor"}, tiers),
                       subset({"meti", "hatsuden", "gas-gaisha", "vendor"}, organizations)});
  return all;
}

std::vector<Member> four_organizations() {
  return {test::cast::meti(), test::cast::hatsuden(), test::cast::gas_gaisha(), test::cast::vendor()};
}

std::vector<Member> five_auditors() {
  std::vector<Member> all;
  const std::vector<Tier> tiers{Tier::auditor, Tier::operator_, Tier::vendor, Tier::auditor, Tier::ministry};
  for (const Tlp clearance : every_clearance()) {
    Member member = test::member_of("auditor-" + std::to_string(all.size()), Tier::auditor);
    member.tier = tiers[all.size()];
    if (all.size() % 2 == 1) member.sectors = {"gas"};
    member.audit_clearance = clearance;
    member.subscribe = true;  // clearance alone has no live reports
    all.push_back(std::move(member));
  }
  return all;
}

std::vector<Member> everybody() {
  std::vector<Member> all = four_organizations();
  for (Member& auditor : five_auditors()) all.push_back(std::move(auditor));
  return all;
}

std::string describe(const Report& report) {
  return report.tlp + " of " + report.organization + " to sectors " + joined(report.audience.sectors) + " tiers " +
         joined(report.audience.tiers) + " organizations " + joined(report.audience.organizations);
}

}  // namespace noroshi::entitlement
