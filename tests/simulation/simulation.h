// One seeded run: publishers, the broker and subscribers under faults, then calm, then judgement.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/matrix.h"

namespace noroshi::simulation {

struct Plan {
  std::uint64_t seed = 1;
  bool faults = true;
  int reports = 60;                               // per publisher
  std::int64_t trouble_us = 20'000'000;           // how long faults last
  std::int64_t calm_us = 60'000'000;              // within this everything must have arrived
  std::int64_t longest_sleep_us = 2'400'000'000;  // of all machines at once, amid the trouble
};

struct Verdict {
  std::vector<std::string> violations;
  std::uint64_t trace = 0;  // the same for the same seed
  std::uint64_t deliveries = 0;
  std::uint64_t crashes = 0;
  std::int64_t simulated_us = 0;
};

Verdict simulate(const Plan& plan, const Matrix& matrix);

}  // namespace noroshi::simulation
