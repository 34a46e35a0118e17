#include "subscriber/withdrawal.h"

#include <map>
#include <set>

namespace noroshi::subscriber {

namespace {

// A report of the thread that takes the place of another.
struct Version {
  Follower own;
  std::size_t before = 0;  // the version that it continues
  Standing standing{};
};

}  // namespace

std::optional<Withdrawal> withdrawal_of(const std::string& report, const FollowersOf& followers_of) {
  std::vector<Version> versions{{Follower{report, {}, {}}}};
  std::set<std::string> seen{report};  // once each, whatever a thread that is none may look like
  std::map<LogPlace, std::string> named;
  for (std::size_t at = 0; at < versions.size(); ++at)
    for (const Follower& each : followers_of(versions[at].own.report)) {
      named[each.order] = each.report;
      if (each.relation == Relation::cancel)
        versions[at].standing.followed_by(each.relation, each.order, {});
      else if (seen.insert(each.report).second)
        versions.push_back({each, at});
    }
  // Each after all that take its place.
  for (std::size_t at = versions.size() - 1; at > 0; --at) {
    const Version& version = versions[at];
    versions[version.before].standing.followed_by(version.own.relation, version.own.order, version.standing);
  }
  const auto verdict = versions.front().standing.verdict();
  if (!verdict) return std::nullopt;
  return Withdrawal{named.at(verdict->by), verdict->relation};
}

}  // namespace noroshi::subscriber
