#include "broker/core/digests.h"

#include <algorithm>

namespace noroshi::core {

void Digests::released(Seq upto) {
  released_ = std::max(released_, upto);  // a start hears of the last one first
  open_ = false;
}

void Digests::committed(const Record& record) {
  if (record.entry.kind != EntryKind::report || record.entry.lane != Lane::batched) return;
  if (record.entry.seq <= released_) return;
  if (count_ == 0) oldest_ = record.entry.recorded_at;
  ++count_;
  bytes_ += record.entry.body.size();
  last_ = record.entry.seq;
}

std::optional<DigestRelease> Digests::due(Micros now) {
  if (open_ || count_ == 0) return std::nullopt;
  if (count_ >= rules_.entries) return release("count");
  if (bytes_ >= rules_.bytes) return release("size");
  // The log's clock never goes back, the machine's may: a digest does not wait until it has caught up.
  oldest_ = std::min(oldest_, now);
  if (now - oldest_ >= rules_.interval_us) return release("interval");
  return std::nullopt;
}

std::optional<DigestRelease> Digests::flush() {
  if (open_ || count_ == 0) return std::nullopt;
  return release("shutdown");
}

std::optional<DigestRelease> Digests::release(const char* cause) {
  DigestRelease release{last_, count_, cause};
  count_ = 0;
  bytes_ = 0;
  open_ = true;
  return release;
}

}  // namespace noroshi::core
