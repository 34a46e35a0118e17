// Whether a report still stands, by what followed it. Updates and corrections take a report's place and may be withdrawn
// themselves: what is said of a report goes by all of its thread. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "proto/types/ids.h"
#include "proto/types/names.h"

namespace noroshi {

using LogPlace = std::pair<Micros, Seq>;  // sequences alone begin again in a log that was put back

struct Standing {
  // What withdrew or corrected a report, and which of the two it did.
  struct Verdict {
    LogPlace by;
    Relation relation{};  // cancel or correction
  };

  // Once for each report that relates to this one, when it is known how that one stands itself. In any order.
  void followed_by(Relation relation, LogPlace place, const Standing& follower);
  // A cancellation names it, or all that took its place is gone.
  bool gone() const { return cancelled || (successors > 0 && successors_gone == successors); }
  // Cancelled, if it is gone; otherwise corrected, if a correction of it, or of what took its place, stands. Names the newest
  // in the log that says so. Nothing: it stands.
  std::optional<Verdict> verdict() const;
  friend bool operator==(const Standing&, const Standing&) = default;

  bool cancelled = false;
  std::size_t successors = 0;
  std::size_t successors_gone = 0;
  std::optional<LogPlace> cancel;      // the newest in its thread
  std::optional<LogPlace> correction;  // of those that stand
};

}  // namespace noroshi
