// Many stories, and of each many crashes; the same seed gives the same ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/crash/story.h"

namespace noroshi::crash {

inline constexpr std::string_view kStores[] = {"broker", "subscriber", "publisher"};

struct Plan {
  std::string store;  // one of kStores
  std::uint64_t seed = 1;
  std::uint64_t states = 1000;
  std::optional<std::uint64_t> only;  // this state and no other
  bool faults = false;                // every call fails in turn, in each way
  Doubles doubles;
};

struct Verdict {
  std::uint64_t states = 0;
  std::uint64_t stories = 0;
  std::uint64_t changes = 0;  // of the disk, in all stories
  std::string broken;         // which promise, and where; empty: none
};

Verdict run_campaign(const Plan& plan);

}  // namespace noroshi::crash
