#include "tests/entitlement/dice.h"

#include <cstdio>
#include <cstdlib>
#include <random>

#include "tests/entitlement/small_world.h"
#include "tests/support/core_world.h"

namespace noroshi::entitlement {

namespace {

std::vector<std::string> tier_names() {
  std::vector<std::string> all;
  for (const auto& [tier, name] : kTiers) all.emplace_back(name);
  return all;
}

Micros around(Chance& chance, Micros now) { return now + chance.between(-1, 1) * chance.between(0, 3); }

}  // namespace

std::uint64_t seed_of_this_run() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("NOROSHI_SEED");
    const std::uint64_t chosen = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::printf("NOROSHI_SEED=%llu\n", static_cast<unsigned long long>(chosen));
    std::fflush(stdout);
    return chosen;
  }();
  return seed;
}

std::int64_t cases_of_this_run(std::int64_t usual) {
  const char* given = std::getenv("NOROSHI_CASES");
  return given ? std::strtoll(given, nullptr, 10) : usual;
}

std::vector<Member> random_members(Chance& chance, const std::vector<std::string>& sectors, Micros now) {
  std::vector<Member> all;
  const std::int64_t count = chance.between(1, 30);
  while (static_cast<std::int64_t>(all.size()) < count) {
    Member member =
        test::member_of("member-" + std::to_string(all.size()),
                        kTiers.at(static_cast<std::size_t>(chance.between(0, 6))).first, some_of(chance, sectors, 3));
    if (chance.one_in(4)) member.audit_clearance = chance.pick(every_clearance());
    if (chance.one_in(4)) member.valid_from = around(chance, now);
    if (chance.one_in(4)) member.valid_until = around(chance, now);
    member.revoked = chance.one_in(8);
    all.push_back(std::move(member));
  }
  return all;
}

Audience random_audience(Chance& chance, const std::vector<Member>& members, const std::vector<std::string>& sectors) {
  Audience audience;
  if (chance.one_in(2)) audience.sectors = some_of(chance, sectors, 4);
  if (chance.one_in(2)) audience.tiers = some_of(chance, tier_names(), 4);
  if (chance.one_in(2))
    for (const Member& member : some_of(chance, members, 6)) audience.organizations.push_back(member.organization);
  if (chance.one_in(10)) audience.organizations.push_back("member");  // a prefix of every name, and nobody's
  if (chance.one_in(10)) audience.sectors.push_back("no-such-sector");
  for (auto* list : {&audience.sectors, &audience.tiers, &audience.organizations})
    if (!list->empty() && chance.one_in(6)) list->push_back(list->front());
  return audience;
}

void shuffle(Chance& chance, Audience& audience) {
  for (auto* list : {&audience.sectors, &audience.tiers, &audience.organizations}) shuffle(chance, *list);
}

}  // namespace noroshi::entitlement
