// What a session asked for, of what its member may have. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "proto/types/report.h"

namespace noroshi::core {

struct Interest {
  std::vector<std::string> topics;
  std::set<Status> statuses;
  std::set<Lane> keeps{};  // of a daemon, which keeps what it receives: the lanes that it follows

  bool daemon() const { return !keeps.empty(); }
  bool follows(Lane lane) const { return keeps.empty() || keeps.contains(lane); }
  bool wants(const Report& report) const;

 private:
  bool asks_for(Status status, const Subject& subject) const;
};

}  // namespace noroshi::core
