// When each entry of a replay appears, so that they come as far apart as they were recorded. Pure; time comes in. One owner.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "proto/types/ids.h"

namespace noroshi::auditor {

class Pace {
 public:
  // Nobody watches an empty screen for a night.
  static constexpr std::int64_t kLongestWait = 10 * kMicrosPerSecond;

  explicit Pace(double factor) : factor_(factor) {}  // 60: sixty times faster than it was

  struct Turn {
    Micros at{};                // when it may appear
    std::int64_t left_out = 0;  // microseconds that it should have waited longer
  };
  // Of the next entry; asked once for each, in order, at its turn or before. The first appears at once.
  Turn next(Micros recorded_at, Micros now) {
    Turn turn{now};
    if (before_) {
      const auto apart = static_cast<double>(recorded_at - before_->recorded_at) / factor_;
      const double wait = std::clamp(apart, 0.0, static_cast<double>(kLongestWait));
      turn.left_out = static_cast<std::int64_t>(std::min(std::max(apart - wait, 0.0), 1e18));
      // By the plan and not by when the one before really appeared, or small delays would add up. Who was held up for long
      // does not hurry afterwards.
      turn.at = std::max(before_->at + static_cast<std::int64_t>(wait), now + -kMicrosPerSecond);
    }
    before_ = Before{recorded_at, turn.at};
    return turn;
  }

 private:
  struct Before {
    Micros recorded_at{};
    Micros at{};
  };
  double factor_;
  std::optional<Before> before_;
};

}  // namespace noroshi::auditor
