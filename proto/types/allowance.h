// A token bucket: so much a second, and so much at once. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "proto/types/ids.h"

namespace noroshi {

class Allowance {
 public:
  Allowance(std::int64_t per_second, std::int64_t burst) : per_second_(per_second), most_(burst * kMicrosPerSecond) {}

  // Whether take() would.
  bool covers(std::int64_t cost, Micros now) {
    const std::int64_t full_after =
        most_ / per_second_;  // longer than that is no more than full, and must not overflow
    const std::int64_t passed = left_ ? std::clamp<std::int64_t>(now - at_, 0, full_after) : full_after;
    left_ = std::min(most_, left_.value_or(0) + passed * per_second_);
    at_ = now;
    return *left_ >= cost * kMicrosPerSecond;
  }
  // Takes `cost`, or nothing if less is there. A clock that goes back gives nothing and takes nothing.
  bool take(std::int64_t cost, Micros now) {
    if (!covers(cost, now)) return false;
    *left_ -= cost * kMicrosPerSecond;
    return true;
  }

 private:
  std::int64_t per_second_;
  std::int64_t most_;  // in millionths, as everything below
  std::optional<std::int64_t> left_;
  Micros at_{};
};

}  // namespace noroshi
