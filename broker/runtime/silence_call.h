// Starts the operator's program for a member that went silent: one line of JSON on its standard input. A thread of its own; what
// fails is in the broker's log, and `status` says in any case who is silent.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "broker/runtime/worker.h"
#include "proto/types/member.h"

namespace noroshi::runtime {

class SilenceCall {
 public:
  explicit SilenceCall(std::vector<std::string> command);      // empty: nothing is started
  ~SilenceCall();                                              // ends the one that runs
  void silent(const Member& member, const std::string& door);  // returns at once

 private:
  std::vector<std::string> command_;
  std::atomic<bool> stop_ = false;
  Worker worker_;  // last: joined first
};

}  // namespace noroshi::runtime
