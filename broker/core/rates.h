// How much one member may ask of the broker. Token buckets; what is over them is answered "rate_limited" for a while, then
// with silence, so that a flood costs the broker less than its sender. Pure; owned by the core.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "broker/core/commands.h"
#include "proto/types/limits.h"

namespace noroshi::core {

class Allowance {
 public:
  Allowance(std::int64_t per_second, std::int64_t burst) : per_second_(per_second), most_(burst * kMicrosPerSecond) {}

  // Takes `cost`, or nothing if less is there. A clock that goes back gives nothing and takes nothing.
  bool take(std::int64_t cost, Micros now);
  // Whether take() would.
  bool covers(std::int64_t cost, Micros now);

 private:
  std::int64_t per_second_;
  std::int64_t most_;  // in millionths, as everything below
  std::optional<std::int64_t> left_;
  Micros at_{};
};

enum class Verdict { within, over, over_and_unanswered };

class Rates {
 public:
  Verdict charge(Charge charge, std::size_t bytes, Micros now);
  // Whether it is time to note in the broker's log that this member is limited: once in a while.
  bool worth_a_note(Micros now);

 private:
  Allowance frames_{limits::kFramesPerSecond, limits::kFramesBurst};
  Allowance bytes_{limits::kBytesPerSecond, limits::kBytesBurst};
  Allowance reports_{limits::kReportsPerSecond, limits::kReportsBurst};
  Allowance requests_{limits::kRequestsPerSecond, limits::kRequestsBurst};
  Allowance answers_{limits::kLimitedAnswersPerSecond, limits::kLimitedAnswersBurst};
  std::optional<Micros> noted_at_;
};

}  // namespace noroshi::core
