#include "subscriber/withdrawal.h"

#include <algorithm>
#include <set>

namespace noroshi::subscriber {

namespace {

// A report of the thread that takes the place of another.
struct Version {
  Follower own;
  std::size_t before = 0;  // the version that it continues
  std::size_t successors = 0;
  std::size_t gone = 0;  // of those
  bool cancelled = false;
};

bool is_gone(const Version& version) {
  return version.cancelled || (version.successors > 0 && version.gone == version.successors);
}

void keep_newest(std::optional<Follower>& newest, const Follower& other) {
  if (!newest || newest->order < other.order) newest = other;
}

}  // namespace

std::optional<Withdrawal> withdrawal_of(const std::string& report, const FollowersOf& followers_of) {
  std::vector<Version> versions{{Follower{report, {}, {}}}};
  std::set<std::string> seen{report};  // once each, whatever a thread that is none may look like
  std::optional<Follower> cancel, correction;
  for (std::size_t at = 0; at < versions.size(); ++at)
    for (const Follower& each : followers_of(versions[at].own.report)) {
      if (each.relation == Relation::cancel) {
        versions[at].cancelled = true;
        keep_newest(cancel, each);
      } else if (seen.insert(each.report).second) {
        versions.push_back({each, at});
        ++versions[at].successors;
      }
    }
  // Each after all that take its place.
  for (std::size_t at = versions.size() - 1; at > 0; --at) {
    if (is_gone(versions[at]))
      ++versions[versions[at].before].gone;
    else if (versions[at].own.relation == Relation::correction)
      keep_newest(correction, versions[at].own);
  }
  if (is_gone(versions.front())) return Withdrawal{cancel->report, Relation::cancel};
  if (correction) return Withdrawal{correction->report, Relation::correction};
  return std::nullopt;
}

}  // namespace noroshi::subscriber
