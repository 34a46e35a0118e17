// That an auditor reads the log, as plain data.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "proto/types/ids.h"
#include "proto/types/names.h"

namespace noroshi {

// The broker's own word, durable before the first entry is read for the auditor.
struct Access {
  std::string organization;  // whose key it was, whatever it says
  Purpose purpose{};
  Seq from{};  // what is gone over, both included
  Seq to{};
  Micros from_time{};  // as asked; 0: not by time
  Micros to_time{};
  std::vector<std::string> topics;  // as asked; empty: every one
  std::set<Status> statuses;        // likewise
  std::set<EntryKind> kinds;
};

}  // namespace noroshi
