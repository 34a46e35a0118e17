#include "broker/core/absences.h"

#include <algorithm>

namespace noroshi::core {

void Absences::came(const Who& who) {
  absent_.erase(who);
  if (who.daemon) absent_.erase({who.organization, who.door, false});
}

void Absences::forget(const std::string& organization) {
  std::erase_if(absent_, [&](const auto& each) { return each.first.organization == organization; });
}

std::vector<Absences::Who> Absences::due(Micros now, std::int64_t patience) {
  std::vector<Who> out;
  for (auto& [who, absent] : absent_) {
    absent.since = std::min(absent.since, now);  // by a clock that was ahead
    if (absent.told || now - absent.since <= patience) continue;
    absent.told = true;
    out.push_back(who);
  }
  return out;
}

std::map<std::string, Micros> Absences::silent() const {
  std::map<std::string, Micros> out;
  for (const auto& [who, absent] : absent_) {
    if (!absent.told) continue;
    const auto [known, first] = out.emplace(who.organization, absent.since);
    if (!first) known->second = std::min(known->second, absent.since);
  }
  return out;
}

}  // namespace noroshi::core
