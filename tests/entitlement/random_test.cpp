// The function in larger worlds made by chance: against the oracle, and against itself after a change whose effect is
// known without an oracle.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "broker/core/entitlement.h"
#include "tests/entitlement/agreement.h"
#include "tests/entitlement/dice.h"
#include "tests/entitlement/small_world.h"
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;

constexpr std::int64_t kCases = 1'000'000;  // pairs of a member and a report
const std::vector<std::string> kSectors{"electricity", "gas", "finance", "water", "rail", "air", "ports", "medical"};

std::set<std::string> view(const std::vector<Member>& members, const Report& report) {
  std::set<std::string> names;
  for (const Member& member : members)
    if (core::entitled(member, report, test::kStart)) names.insert(member.organization);
  return names;
}

bool within(const std::set<std::string>& part, const std::set<std::string>& whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

struct Case {
  std::vector<Member> members;
  Report report;
};

Case random_case(Chance& chance) {
  Case made;
  made.members = random_members(chance, kSectors, test::kStart);
  made.report = test::labelled(test::report_of("r1", chance.pick(made.members)), chance.pick(every_label()),
                               random_audience(chance, made.members, kSectors));
  return made;
}

// Removes one entry; whether there was one.
bool drop_one(Chance& chance, std::vector<std::string>& list) {
  if (list.empty()) return false;
  const std::string name = chance.pick(list);
  std::erase(list, name);
  return true;
}

// A change that takes something away; false: not possible here.
using Denial = std::function<bool(Chance&, Case&)>;

Member& any_member(Chance& chance, Case& each) {
  return each.members[static_cast<std::size_t>(chance.between(0, static_cast<std::int64_t>(each.members.size()) - 1))];
}

// An empty list means "whoever", so taking its last entry out is no denial. No audience at all denies from AMBER on.
const std::map<std::string, Denial> kDenials{
    {"revocation", [](Chance& chance, Case& c) { return any_member(chance, c).revoked = true; }},
    {"expiry", [](Chance& chance, Case& c) { return any_member(chance, c).valid_until = test::kStart, true; }},
    {"a later beginning",
     [](Chance& chance, Case& c) { return any_member(chance, c).valid_from = test::kStart + 1, true; }},
    {"a sector less", [](Chance& chance, Case& c) { return drop_one(chance, any_member(chance, c).sectors); }},
    {"no clearance", [](Chance& chance, Case& c) { return any_member(chance, c).audit_clearance.reset(), true; }},
    {"a lower clearance",
     [](Chance& chance, Case& c) {
       auto& clearance = any_member(chance, c).audit_clearance;
       if (!clearance || *clearance == Tlp::clear) return false;
       clearance = static_cast<Tlp>(static_cast<int>(*clearance) - 1);
       return true;
     }},
    {"a name less",
     [](Chance& chance, Case& c) {
       return drop_one(chance, c.report.audience.organizations) &&
              (!c.report.audience.empty() || c.report.label() > Tlp::green);
     }},
    {"a sector less in the audience",
     [](Chance& chance, Case& c) {
       return drop_one(chance, c.report.audience.sectors) && !c.report.audience.sectors.empty();
     }},
    {"a tier less in the audience",
     [](Chance& chance, Case& c) {
       return drop_one(chance, c.report.audience.tiers) && !c.report.audience.tiers.empty();
     }},
    {"a stricter label",
     [](Chance& chance, Case& c) {
       const auto labels = every_label();
       const auto now = std::find(labels.begin(), labels.end(), c.report.tlp);
       c.report.tlp = chance.pick(std::vector<std::string>(now, labels.end()));
       return true;
     }},
    {"no label", [](Chance&, Case& c) { return c.report.tlp.clear(), true; }},
};

}  // namespace

TEST_CASE("function and oracle agree in worlds made by chance", "[function]") {
  Chance chance(seed_of_this_run());
  const std::int64_t wanted = cases_of_this_run(kCases);
  std::int64_t cases = 0;
  while (cases < wanted) {
    const auto members = random_members(chance, kSectors, test::kStart);
    for (int i = 0; i < 20; ++i) {
      Report report = test::labelled(test::report_of("r1", chance.pick(members)), chance.pick(every_label()),
                                     random_audience(chance, members, kSectors));
      if (chance.one_in(3)) report.status = Status::exercise;
      const auto disagreement = disagreement_on(members, report, test::kStart);
      if (disagreement) FAIL(*disagreement);
      cases += static_cast<std::int64_t>(members.size());
    }
  }
  std::printf("%lld random cases\n", static_cast<long long>(cases));
}

TEST_CASE("a denial never adds a reader", "[function]") {
  Chance chance(seed_of_this_run() + 1);
  for (const auto& [name, deny] : kDenials) {
    INFO(name);
    std::size_t took_away = 0;
    for (int i = 0; i < 1000; ++i) {
      const Case before = random_case(chance);
      Case after = before;
      if (!deny(chance, after)) continue;
      const auto fewer = view(after.members, after.report);
      const auto more = view(before.members, before.report);
      if (!within(fewer, more)) FAIL("a reader was added: " + describe(after.report));
      took_away += fewer.size() < more.size() ? 1 : 0;
    }
    CHECK(took_away > 0);
  }
}

TEST_CASE("order and repetition never matter, nor does taking away and giving back", "[function]") {
  Chance chance(seed_of_this_run() + 2);
  for (int i = 0; i < 5000; ++i) {
    const Case before = random_case(chance);
    const auto expected = view(before.members, before.report);
    Case other = before;
    shuffle(chance, other.members);
    for (Member& member : other.members) shuffle(chance, member.sectors);
    shuffle(chance, other.report.audience);
    auto& names = other.report.audience.organizations;
    if (!names.empty()) {
      const std::string removed = chance.pick(names);
      std::erase(names, removed);
      names.push_back(removed);
    }
    if (view(other.members, other.report) != expected) FAIL("order matters: " + describe(before.report));
  }
}

TEST_CASE("an unrelated member changes nobody's view", "[function]") {
  Chance chance(seed_of_this_run() + 3);
  for (int i = 0; i < 2000; ++i) {
    Case each = random_case(chance);
    const auto expected = view(each.members, each.report);
    each.members.insert(each.members.begin(), test::member_of("stranger", Tier::vendor, {"nowhere"}));
    auto with_stranger = view(each.members, each.report);
    with_stranger.erase("stranger");
    CHECK(with_stranger == expected);
  }
}
