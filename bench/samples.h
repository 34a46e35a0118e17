// Latencies and what is said of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace noroshi::bench {

using SteadyClock = std::chrono::steady_clock;

class Samples {
 public:
  void add(SteadyClock::duration d) { us_.push_back(std::chrono::duration<double, std::micro>(d).count()); }
  std::size_t size() const { return us_.size(); }
  // Microseconds; nearest rank.
  double percentile(double p) {
    if (us_.empty()) return 0;
    std::sort(us_.begin(), us_.end());
    const auto rank = static_cast<std::size_t>(p / 100.0 * static_cast<double>(us_.size() - 1) + 0.5);
    return us_[rank];
  }

 private:
  std::vector<double> us_;
};

}  // namespace noroshi::bench
