// Starts the operator's program when somebody is to be called. A thread of its own: a program that hangs delays nobody.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "broker/core/outcome.h"
#include "broker/runtime/worker.h"

namespace noroshi::runtime {

class Caller {
 public:
  // `command`: absolute path and arguments; empty: nobody is called.
  explicit Caller(std::vector<std::string> command);
  ~Caller() { stop_ = true; }  // what is still to be said is in the log and on the board

  // Returns at once. A program that fails is started again, three times in all; then the broker's own log says so.
  void call(const core::Call& call);

 private:
  void start(const std::string& text);

  std::vector<std::string> command_;
  std::atomic<bool> stop_ = false;
  Worker worker_;  // last: joined first
};

// What the program reads.
std::string call_json(const core::Call& call);

}  // namespace noroshi::runtime
