// When the batched lane lets go: after an interval, or when a digest is full. Owned by the core.
#pragma once

#include <optional>

#include "proto/types/entry.h"
#include "proto/types/limits.h"

namespace noroshi::core {

struct DigestRules {
  std::int64_t interval_us = 15 * 60 * kMicrosPerSecond;  // 平時: real time is not needed
  std::size_t entries = limits::kDigestEntries;
  std::size_t bytes = limits::kDigestBytes;
};

class Digests {
 public:
  explicit Digests(DigestRules rules) : rules_(rules) {}

  void released(Seq upto);               // a DigestRelease is committed (or found at start)
  void committed(const Record& record);  // a batched report is committed; ignores what is already released
  // The release that is due now, once; the next one only after released().
  std::optional<DigestRelease> due(Micros now);
  std::optional<DigestRelease> flush();  // whatever is pending

  Seq upto() const { return released_; }

 private:
  std::optional<DigestRelease> release(const char* cause);

  DigestRules rules_;
  Seq released_{};  // batched entries up to here may be delivered
  Seq last_{};      // newest pending entry
  std::uint32_t count_ = 0;
  std::size_t bytes_ = 0;
  Micros oldest_{};
  bool open_ = false;  // a release is on its way into the log
};

}  // namespace noroshi::core
