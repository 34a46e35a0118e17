// Topics: "<item>.<source>", drills under the root "exercise." or "test.".
#pragma once

#include <string>
#include <string_view>

#include "proto/types/names.h"

namespace noroshi {

inline std::string_view topic_root(Status status) {
  switch (status) {
    case Status::exercise: return "exercise.";
    case Status::test: return "test.";
    case Status::actual: break;
  }
  return "";
}

inline std::string topic_of(Status status, std::string_view item, std::string_view source) {
  std::string topic{topic_root(status)};
  topic.append(item).append(".").append(source);
  return topic;
}

// Whether `subscription` is `topic` or a dot-aligned prefix of it: "B" covers "B.c.precursor.sector", "B.c.pre" does not.
inline bool covers(std::string_view subscription, std::string_view topic) {
  if (subscription == "*") return true;
  if (subscription.empty() || topic.size() < subscription.size()) return false;
  if (topic.substr(0, subscription.size()) != subscription) return false;
  return topic.size() == subscription.size() || topic[subscription.size()] == '.';
}

}  // namespace noroshi
