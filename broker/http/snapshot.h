// What the outside may know of a running broker: an immutable picture, made by the reactor, read by the HTTP thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "broker/core/stats.h"
#include "proto/types/ids.h"

namespace noroshi::http {

// One who is asked to cosign checkpoints.
struct WitnessState {
  std::string name;
  std::uint64_t size = 0;      // of the newest checkpoint it has cosigned since the start; 0: of none
  Micros at{};                 // when that was
  std::uint64_t failures = 0;  // attempts since the start that came to nothing
  std::string trouble;         // why the latest did; empty: it did not
};

// What the broker found when it looked its log and the mirror over.
struct ScrubState {
  Micros at{};  // when it was done with it last; 0: not since the start
  std::uint64_t entries = 0;
  std::uint64_t damages = 0;
};

struct Snapshot {
  std::string origin;
  std::string verifier_key;
  std::string matrix_version;
  Posture posture = Posture::normal;
  Seq head{};
  std::string checkpoint;  // the newest that is published, as a signed note; empty: none so far
  std::size_t members = 0;
  std::size_t expiring = 0;  // members whose validity ends soon
  Micros next_expiry{};      // the first of these ends; 0: no member's validity ends
  Micros started_at{};
  Micros taken_at{};
  bool ready = false;
  std::vector<WitnessState> witnesses;
  ScrubState scrub;
  core::Stats stats;
};

// The latest snapshot. Any thread.
class SnapshotBox {
 public:
  void put(std::shared_ptr<const Snapshot> snapshot) {
    const std::lock_guard lock(mutex_);
    latest_ = std::move(snapshot);
  }
  std::shared_ptr<const Snapshot> get() const {
    const std::lock_guard lock(mutex_);
    return latest_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> latest_ = std::make_shared<Snapshot>();
};

}  // namespace noroshi::http
