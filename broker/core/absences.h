// Who has gone without a goodbye and has not come back: after some heartbeats that is news. Pure; owned by the core.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "broker/core/door.h"
#include "proto/types/ids.h"

namespace noroshi::core {

class Absences {
 public:
  // An organisation's daemon, or whoever else it is, by where its session was.
  struct Who {
    std::string organization;
    Door door{};
    bool daemon = false;
    friend auto operator<=>(const Who&, const Who&) = default;
  };

  void left(const Who& who, Micros last_heard) { absent_.try_emplace(who, Absent{last_heard, false}); }
  // A daemon makes up for all of its organisation, but nothing else for the daemon.
  void came(const Who& who);
  void forget(const std::string& organization);

  // Of whom nothing has been heard for so many microseconds; each once.
  std::vector<Who> due(Micros now, std::int64_t patience);
  // Those of which due() has told and that have not come back, and since when.
  std::map<std::string, Micros> silent() const;

 private:
  struct Absent {
    Micros since{};
    bool told = false;
  };
  std::map<Who, Absent> absent_;
};

}  // namespace noroshi::core
