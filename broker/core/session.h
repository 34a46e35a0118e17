// One peer's session: what it wants, how far it has come, how much it may be sent. Owned by the core.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/commands.h"
#include "broker/core/interest.h"
#include "proto/types/limits.h"

namespace noroshi::core {

struct Session {
  Peer peer;
  std::optional<Lane> feed;  // the open feed of a lane is a session too: no peer, no member, endless credit
  std::string organization;
  bool subscribes = false;
  Interest asked;
  Seq after{};               // where it began
  Seq cursor{};              // everything up to here has been looked at for this session
  std::uint32_t credit = 0;  // entries it may still be sent
  Micros last_heard{};
  std::string next_key;     // as its client last said
  bool sinks_fail = false;  // the same
  std::uint64_t read = 0;   // number of the read it waits for; 0: none
  bool queued = false;      // waits for its turn to be pumped
  struct Parcel {
    Seq upto{};
    std::size_t bytes = 0;
  };
  std::deque<Parcel> unacknowledged;
  std::size_t unacknowledged_bytes = 0;
  std::size_t abandoned_bytes = 0;  // sent on this connection for what was asked before, never acknowledged

  void sent(Seq upto, std::size_t bytes);
  void acknowledged(Seq upto);
  // Something else is asked for from here on. What is under way for what was before is still under way.
  void abandon();
  bool abandoned_too_much() const { return abandoned_bytes > limits::kAbandonedBytes; }
  // With `in_hand` bytes about to be sent.
  bool may_be_sent(std::size_t in_hand = 0) const {
    return credit > 0 && unacknowledged_bytes + in_hand < limits::kSessionBytes;
  }

  struct ReplayJob {
    Seq to{};
    std::vector<EntryKind> kinds;
    bool unfiltered = false;   // every topic and status: only then may a redacted leaf stand for a hidden report
    std::uint64_t access = 0;  // number of the Access entry that must be durable first; 0: none
  };
  std::optional<ReplayJob> replay;
  bool awaits_its_access() const { return replay && replay->access != 0; }
};

}  // namespace noroshi::core
