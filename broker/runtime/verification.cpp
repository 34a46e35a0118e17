#include "broker/runtime/verification.h"

#include <algorithm>

namespace noroshi::runtime {

namespace {
// Enough to keep a verifier busy while the reactor is; less than a millisecond of both.
constexpr std::size_t kUnderWay = 16;
}  // namespace

Verification::Verification(Inbox& inbox, std::function<void()> on_done,
                           const std::function<void(const char* what)>& on_failure)
    : inbox_(inbox),
      on_done_(std::move(on_done)),
      urgent_(Worker::Priority::normal, on_failure),
      batched_(Worker::Priority::background, on_failure) {}

void Verification::post(Lane lane, const PublicKey& member, Check check, Micros now) {
  ++road(lane).waiting;
  ++posted_[{lane, member}];
  road(lane).turns.push(member, std::move(check));
  advance(lane, now);
}

void Verification::taken(Lane lane, const PublicKey& member, Micros now) {
  --road(lane).waiting;
  --road(lane).under_way;
  const auto own = posted_.find({lane, member});
  if (--own->second == 0) posted_.erase(own);
  advance(lane, now);
}

bool Verification::go_on(Micros now) {
  advance(Lane::urgent, now);
  return urgent_.under_way < std::min(kUnderWay, urgent_.waiting);
}

void Verification::advance(Lane lane, Micros now) {
  Road& own = road(lane);
  const auto may = [&](const PublicKey&, std::size_t waiting) {
    return lane == Lane::batched || waiting <= limits::kBulk || bulk_.take(1, now);
  };
  while (own.under_way < kUnderWay) {
    std::optional<Check> next = own.turns.pop(may);
    if (!next) return;
    ++own.under_way;
    own.worker.post([this, lane, check = std::move(*next)] {
      inbox_.post(lane, check());
      on_done_();
    });
  }
}

}  // namespace noroshi::runtime
