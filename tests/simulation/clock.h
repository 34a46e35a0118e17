// Virtual time: events in order of time, ties in order of scheduling. The simulator's only source of "when".
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "proto/types/ids.h"

namespace noroshi::simulation {

class Clock {
 public:
  Micros now() const { return now_ + leaped_us_; }
  void after(std::int64_t us, std::function<void()> action) { events_.push({now_ + us, ++count_, std::move(action)}); }
  // Everybody sleeps at once, as on a host that is suspended: what was to happen then happens as much later.
  void leap(std::int64_t us) { leaped_us_ += us; }
  // Runs everything that happens within so many microseconds, not counting leaps.
  void run_for(std::int64_t us) {
    const Micros end = now_ + us;
    while (!events_.empty() && events_.top().at <= end) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      event.action();
    }
    now_ = end;
  }

 private:
  struct Event {
    Micros at{};
    std::uint64_t order = 0;
    std::function<void()> action;
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  Micros now_{1'780'000'000'000'000};
  std::int64_t leaped_us_ = 0;
  std::uint64_t count_ = 0;
  std::priority_queue<Event> events_;
};

}  // namespace noroshi::simulation
