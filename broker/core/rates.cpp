#include "broker/core/rates.h"

#include <algorithm>

namespace noroshi::core {

namespace {
constexpr std::int64_t kNoteEvery = 10 * kMicrosPerSecond;
}  // namespace

bool Allowance::covers(std::int64_t cost, Micros now) {
  const std::int64_t full_after = most_ / per_second_;  // longer than that is no more than full, and must not overflow
  const std::int64_t passed = left_ ? std::clamp<std::int64_t>(now - at_, 0, full_after) : full_after;
  left_ = std::min(most_, left_.value_or(0) + passed * per_second_);
  at_ = now;
  return *left_ >= cost * kMicrosPerSecond;
}

bool Allowance::take(std::int64_t cost, Micros now) {
  if (!covers(cost, now)) return false;
  *left_ -= cost * kMicrosPerSecond;
  return true;
}

Verdict Rates::charge(Charge charge, std::size_t bytes, Micros now) {
  bool within = frames_.take(1, now) && bytes_.take(static_cast<std::int64_t>(bytes), now);
  if (charge == Charge::report) within = within && reports_.take(1, now);
  if (charge == Charge::request) within = within && requests_.take(1, now);
  if (within) return Verdict::within;
  return answers_.take(1, now) ? Verdict::over : Verdict::over_and_unanswered;
}

bool Rates::worth_a_note(Micros now) {
  if (noted_at_ && now - *noted_at_ < kNoteEvery) return false;
  noted_at_ = now;
  return true;
}

}  // namespace noroshi::core
