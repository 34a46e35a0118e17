#include "proto/client/line.h"

#include <algorithm>
#include <cstring>

#include "proto/wire/signing.h"

namespace noroshi::client {

namespace {
constexpr std::int64_t kFirst = 250 * kMicrosPerMilli;
constexpr std::int64_t kLongest = 10 * kMicrosPerSecond;
constexpr int kDoublings = 6;  // 16 s: past kLongest
}  // namespace

std::int64_t BackOff::next(std::uint32_t random) {
  const std::int64_t full = std::min(kLongest, kFirst << std::min(attempts_, kDoublings));
  ++attempts_;
  return full / 2 + static_cast<std::int64_t>(random) % (full / 2 + 1);
}

void Line::say(std::vector<Bytes> frames) {
  for (Bytes& frame : frames) unsent_.push_back(std::move(frame));
  flush();
}

void Line::flush() {
  while (open_ && !unsent_.empty() && channel_.send(unsent_.front())) unsent_.pop_front();
}

void Line::lost(Micros now) {
  unsent_.clear();
  open_ = false;
  std::uint32_t random = 0;
  const Bytes chance = wire::random_bytes(sizeof random);
  std::memcpy(&random, chance.data(), sizeof random);
  connect_at_ = now + back_off_.next(random);
}

bool Line::connect_due(Micros now) {
  if (open_ || now < connect_at_) return false;
  if (used_) channel_.reopen();
  used_ = open_ = true;
  return true;
}

}  // namespace noroshi::client
