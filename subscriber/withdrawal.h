// Whether a report still stands, by what followed it. Updates and corrections take a report's place and may be withdrawn
// themselves: what is said of a report goes by all of its thread. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/types/ids.h"
#include "proto/types/names.h"

namespace noroshi::subscriber {

// What later withdrew or corrected a report.
struct Withdrawal {
  std::string report;
  Relation relation{};  // cancel or correction
};

// What relates to a report by update, correction or cancel.
struct Follower {
  std::string report;
  Relation relation{};
  std::pair<Micros, Seq> order;  // in the log; sequences alone begin again in one that was put back
};
using FollowersOf = std::function<std::vector<Follower>(const std::string& report)>;

// Cancelled, if a cancellation names it or if all that took its place was cancelled, in the same sense; otherwise corrected,
// if a correction of it, or of what took its place, stands. Names the newest in the log that says so. Nothing: it stands.
std::optional<Withdrawal> withdrawal_of(const std::string& report, const FollowersOf& followers_of);

}  // namespace noroshi::subscriber
