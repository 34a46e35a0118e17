// Chance for these tests: NOROSHI_SEED gives the seed (printed by whoever uses it), NOROSHI_CASES how much to try.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/types/member.h"
#include "proto/types/report.h"
#include "tests/simulation/chance.h"

namespace noroshi::entitlement {

using simulation::Chance;

std::uint64_t seed_of_this_run();  // prints it, so that a failure can be had again
std::int64_t cases_of_this_run(std::int64_t usual);

template <class T>
std::vector<T> some_of(Chance& chance, const std::vector<T>& all, std::int64_t one_in) {
  std::vector<T> out;
  for (const T& each : all)
    if (chance.one_in(one_in)) out.push_back(each);
  return out;
}

template <class T>
void shuffle(Chance& chance, std::vector<T>& list) {
  for (std::size_t i = list.size(); i > 1; --i)
    std::swap(list[i - 1], list[static_cast<std::size_t>(chance.between(0, static_cast<std::int64_t>(i) - 1))]);
}

// Worlds larger than the small one: any tier, up to `sectors`, in any state of membership around `now`.
std::vector<Member> random_members(Chance& chance, const std::vector<std::string>& sectors, Micros now);
// Among these; often narrow, sometimes empty, sometimes with names that nobody has or that are given twice.
Audience random_audience(Chance& chance, const std::vector<Member>& members, const std::vector<std::string>& sectors);
void shuffle(Chance& chance, Audience& audience);

}  // namespace noroshi::entitlement
