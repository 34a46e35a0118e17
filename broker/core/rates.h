// How much one member may ask of the broker. Token buckets; what is over them is answered "rate_limited" for a while, then
// with silence, and a connection that goes on is cut, so that a flood costs the broker less than its sender. Pure; owned by
// the core.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "broker/core/commands.h"
#include "proto/types/allowance.h"
#include "proto/types/limits.h"

namespace noroshi::core {

enum class Verdict { within, over, over_and_unanswered, over_and_cut };

class Rates {
 public:
  Verdict charge(PeerId peer, Charge charge, std::size_t bytes, Micros now);
  // Whether it is time to note in the broker's log that this member is limited: once in a while.
  bool worth_a_note(Micros now);

 private:
  Allowance frames_{limits::kFramesPerSecond, limits::kFramesBurst};
  Allowance bytes_{limits::kBytesPerSecond, limits::kBytesBurst};
  Allowance reports_{limits::kReportsPerSecond, limits::kReportsBurst};
  Allowance receipts_{limits::kReceiptsPerSecond, limits::kReceiptsBurst};
  Allowance requests_{limits::kRequestsPerSecond, limits::kRequestsBurst};
  Allowance replays_{limits::kReplaysPerSecond, limits::kReplaysBurst};
  Allowance boards_{limits::kBoardsPerSecond, limits::kBoardsBurst};
  Allowance rosters_{limits::kRostersPerSecond, limits::kRostersBurst};
  Allowance answers_{limits::kLimitedAnswersPerSecond, limits::kLimitedAnswersBurst};
  bool put_off_ = false;                       // a report was
  std::map<PeerId, std::int64_t> unanswered_;  // frames of each connection, since unanswered_since_
  Micros unanswered_since_{};
  std::optional<Micros> noted_at_;
};

}  // namespace noroshi::core
