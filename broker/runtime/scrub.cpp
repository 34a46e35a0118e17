#include "broker/runtime/scrub.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "broker/runtime/mirror.h"
#include "broker/runtime/worker.h"
#include "broker/store/check.h"
#include "proto/cli/cli.h"

namespace noroshi::runtime {

namespace {

constexpr std::chrono::hours kEvery{24};
constexpr int kRest = 9;              // times as long as it worked
constexpr std::size_t kMostTold = 5;  // lines; `check` tells all

struct Stop {};  // no std::exception, which check() would take for a damage

}  // namespace

Scrub::Scrub(std::filesystem::path log, std::filesystem::path mirror, tlog::VerifierKey key)
    : log_(std::move(log)), mirror_(std::move(mirror)), key_(std::move(key)), thread_([this] { run(); }) {}

Scrub::~Scrub() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

http::ScrubState Scrub::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

bool Scrub::rest(std::chrono::nanoseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stop_; });
}

void Scrub::run() {
  into_background();
  try {
    do look_over();
    while (rest(kEvery));
  } catch (const Stop&) {
  }
}

void Scrub::look_over() {
  using Clock = std::chrono::steady_clock;
  auto since = Clock::now();
  const store::Findings found = store::check(
      log_, mirror_, key_, report_id_of,
      [&](std::uint64_t, std::uint64_t) {
        if (!rest((Clock::now() - since) * kRest)) throw Stop{};
        since = Clock::now();
      },
      store::Beside::writer);
  for (std::size_t i = 0; i < std::min(found.damages.size(), kMostTold); ++i)
    spdlog::error("the log is damaged: {}: {}", found.damages[i].where, found.damages[i].what);
  if (!found.damages.empty())
    spdlog::error("{} damages in all: see `noroshi-broker check`; stop the broker, and run `noroshi-broker rebuild`",
                  found.damages.size());
  const std::lock_guard lock(mutex_);
  state_ = {cli::wall_clock(), found.entries, found.damages.size()};
}

}  // namespace noroshi::runtime
