// What became of a report, by the thread of those that followed it. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "schemas/standing.h"

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
  LogPlace order;
};
using FollowersOf = std::function<std::vector<Follower>(const std::string& report)>;

// As Standing says. Nothing: it stands.
std::optional<Withdrawal> withdrawal_of(const std::string& report, const FollowersOf& followers_of);

}  // namespace noroshi::subscriber
