// What rotted in the inbox, or is gone from it, is fetched again: looks the whole inbox over at its start and once a day, a little at a
// time, and says from where the broker is to deliver once more. One owner, one thread: the daemon's.
//
//   found --look()--> asked --the same entry comes--> whole
//   asked --all that there is was heard--> lost: told once, and asked for again by the next run
#pragma once

#include <chrono>
#include <optional>

#include "subscriber/inbox.h"

namespace noroshi::subscriber {

class Repair {
 public:
  explicit Repair(Inbox& inbox);

  // `all_heard`: on no lane is anything still to come. Returns after which sequence all is to be heard again: on every lane, as the
  // one it came on may be what rotted. Takes a few milliseconds at most.
  std::optional<Seq> look(bool all_heard, Micros now);

 private:
  void inspect(Micros now);
  std::optional<Seq> ask(Micros now);
  void settle();

  Inbox& inbox_;
  std::int64_t inspected_ = 0;  // up to which number in this round
  Micros next_round_{};
  Micros ask_at_{};
  bool lost_too_ = true;  // what earlier runs did not get is asked for once more
  bool asked_ = false;
};

}  // namespace noroshi::subscriber
