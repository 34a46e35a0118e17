// The time of a client program: the wall clock as it was at the start, moved on by the steady clock. A correction of the
// system's clock is then never mistaken for silence on the line. One owner, one thread.
#pragma once

#include <chrono>

#include "proto/types/ids.h"

namespace noroshi::client {

class Clock {
 public:
  Clock(Micros wall, std::chrono::steady_clock::time_point at) : wall_(wall), start_(at) {}
  explicit Clock(Micros wall) : Clock(wall, std::chrono::steady_clock::now()) {}

  Micros now() const {
    const auto since = std::chrono::steady_clock::now() - start_;
    return wall_ + std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  }

 private:
  Micros wall_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace noroshi::client
