// The simulator's only source of chance: one seed, one trace.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace noroshi::simulation {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  // Uniform in [low, high]; by hand, since std's distributions differ between libraries.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(std::int64_t n) { return between(1, n) == 1; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(from.size()) - 1))];
  }
  std::uint32_t word() { return static_cast<std::uint32_t>(engine_()); }

 private:
  std::mt19937_64 engine_;
};

// Makes libsodium draw from `chance` in this process: session keys, salts, ids. nullptr: no chance set is an error.
void let_sodium_draw_from(Chance* chance);

}  // namespace noroshi::simulation
