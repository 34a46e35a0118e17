// What the daemon knows of each lane's link, written down for `missed`. Losing the latest of it to a crash does no harm, so
// it costs no sync. One owner, one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/types/ids.h"
#include "proto/types/names.h"
#include "subscriber/database.h"

namespace noroshi::subscriber {

struct LaneState {
  Lane lane{};
  Seq cursor{};       // everything for us up to here is in the inbox
  Seq head{};         // how far the lane goes, as last heard from the broker
  bool up = false;    // a session stands
  Micros since{};     // has it so; 0: there never was a session
  Micros heard_at{};  // the latest word from the broker
  std::int64_t reports = 0;
  std::optional<v1::Completeness>
      promised;  // the broker's word that fitted what came; checked when it was written down
  std::optional<std::int64_t> clock_offset;  // microseconds that the broker's clock is ahead of ours
};

class LaneStates {
 public:
  explicit LaneStates(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  void link(Lane lane, bool up, Micros now);  // of the session; what it already is changes nothing
  // An event for the sinks, if they have not heard it: each loss once, and its end, even if that comes after a restart.
  bool tell(Lane lane, bool up, Micros now);
  // A report of this lane is overdue with us: an event for the sinks. False: they have heard it.
  bool remind(Lane lane, const v1::Reminder& reminder, Micros now);
  void heard(Lane lane, Seq cursor, Seq head, std::optional<std::int64_t> clock_offset, Micros now);
  void promised(Lane lane, const v1::SignedCompleteness& word);
  std::vector<LaneState> all(const std::vector<Lane>& lanes);

 private:
  void enter(Lane lane);
  std::unique_ptr<Database> database_;
};

}  // namespace noroshi::subscriber
