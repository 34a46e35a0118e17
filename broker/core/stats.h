// What the core counts. Plain; copied into snapshots for the outside.
#pragma once

#include <cstdint>
#include <map>

#include "broker/core/door.h"
#include "proto/types/reason.h"

namespace noroshi::core {

// Counters since start.
struct Stats {
  std::map<Lane, std::uint64_t> accepted;
  std::map<Lane, std::uint64_t> delivered;
  std::map<Reason, std::uint64_t> rejected;
  std::map<Reason, std::uint64_t> refused;
  std::uint64_t duplicates = 0;
  std::uint64_t digests = 0;
  std::uint64_t silent_members = 0;
  std::uint64_t overdue = 0;               // deadlines of confirmations that passed with somebody behind
  std::uint64_t dropped_frames = 0;        // of members that sent too much
  std::map<Door, std::uint64_t> sessions;  // now
  std::map<Lane, std::uint64_t> backlog;   // now
};

}  // namespace noroshi::core
