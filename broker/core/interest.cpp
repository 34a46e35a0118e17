#include "broker/core/interest.h"

#include <algorithm>

#include "broker/core/planted.h"
#include "proto/types/topic.h"

namespace noroshi::core {

// Drills have topics of their own ("exercise.C.…"): a topic that names the root asks for drills by itself, any other
// reaches the statuses of the session.
bool Interest::asks_for(Status status, const Subject& subject) const {
  const std::string topic = topic_of(Status::actual, subject.item, subject.source);
  const std::string rooted = topic_of(status, subject.item, subject.source);
  const bool status_asked = statuses.contains(status) || planted(Bug::drills_to_everyone);
  return std::any_of(topics.begin(), topics.end(), [&](const std::string& subscription) {
    if (status_asked && covers(subscription, topic)) return true;
    return subscription != "*" && status != Status::actual && covers(subscription, rooted);
  });
}

// Who asked for a report hears what takes its place or calls it back, whatever that is about itself.
bool Interest::wants(const Report& report) const {
  if (!report.status) return false;
  return asks_for(*report.status, {report.item, report.source}) ||
         std::any_of(report.touched.begin(), report.touched.end(),
                     [&](const Subject& each) { return asks_for(*report.status, each); });
}

}  // namespace noroshi::core
