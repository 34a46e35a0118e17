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

  bool wants(const Report& report) const;

 private:
  bool asks_for(Status status, const Subject& subject) const;
};

}  // namespace noroshi::core
