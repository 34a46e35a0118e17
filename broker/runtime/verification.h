// Signatures, checked beside the reactor: a thread per lane, members in turn, one member's work in its order. Little is on
// its way between the threads at a time, and who brings much at once is held to a pace: a member's turn comes soon, and finds
// a processor free, however much others have brought.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>

#include "broker/runtime/inbox.h"
#include "broker/runtime/turns.h"
#include "broker/runtime/worker.h"
#include "proto/types/allowance.h"
#include "proto/types/limits.h"

namespace noroshi::runtime {

// Reactor thread, all of it.
class Verification {
 public:
  using Check = std::function<core::Command()>;
  // What has been checked is left in `inbox`, on its lane; then `on_done` is called on the thread that checked.
  Verification(Inbox& inbox, std::function<void()> on_done, const std::function<void(const char* what)>& on_failure);

  void post(Lane lane, const PublicKey& member, Check check, Micros now);
  // To be said of whatever was posted, when the core has got it from the inbox.
  void taken(Lane lane, const PublicKey& member, Micros now);
  // Goes on with what is held back for the pace. Whether anything still is: then call again soon.
  bool go_on(Micros now);
  // Posted and not taken yet.
  std::size_t waiting(Lane lane) const { return lane == Lane::urgent ? urgent_.waiting : batched_.waiting; }
  bool waiting(Lane lane, const PublicKey& member) const { return posted_.contains({lane, member}); }

 private:
  struct Road {
    Road(Worker::Priority priority, const std::function<void(const char* what)>& on_failure)
        : worker(on_failure, priority) {}
    Turns<PublicKey, Check> turns;
    std::size_t waiting = 0;
    std::size_t under_way = 0;  // of them, handed to the worker
    Worker worker;
  };
  Road& road(Lane lane) { return lane == Lane::urgent ? urgent_ : batched_; }
  void advance(Lane lane, Micros now);

  Inbox& inbox_;
  std::function<void()> on_done_;
  std::map<std::pair<Lane, PublicKey>, std::size_t> posted_;
  Allowance bulk_{limits::kBulkPerSecond,
                  limits::kBulkBurst};  // on the urgent lane; the batched one is paced as it is read
  Road urgent_, batched_;               // last: joined first
};

}  // namespace noroshi::runtime
