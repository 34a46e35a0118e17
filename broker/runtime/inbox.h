// Where worker threads leave commands for the core, in two lanes: what is urgent is taken first. Any thread posts; the
// reactor thread takes.
#pragma once

#include <deque>
#include <mutex>

#include "broker/core/commands.h"

namespace noroshi::runtime {

class Inbox {
 public:
  void post(Lane lane, core::Command command) {
    const std::lock_guard lock(mutex_);
    queue(lane).push_back(std::move(command));
  }
  // At most `limit` of them; all that wait if there are fewer.
  std::deque<core::Command> take(Lane lane, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::deque<core::Command>& from = queue(lane);
    std::deque<core::Command> taken;
    while (!from.empty() && taken.size() < limit) {
      taken.push_back(std::move(from.front()));
      from.pop_front();
    }
    return taken;
  }
  bool empty(Lane lane) {
    const std::lock_guard lock(mutex_);
    return queue(lane).empty();
  }
  bool empty() { return empty(Lane::urgent) && empty(Lane::batched); }

 private:
  std::deque<core::Command>& queue(Lane lane) { return lane == Lane::urgent ? urgent_ : batched_; }
  std::mutex mutex_;
  std::deque<core::Command> urgent_, batched_;
};

}  // namespace noroshi::runtime
