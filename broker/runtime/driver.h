// The loop: hand a command to the core, carry out what it wants. The one place where the core meets the world.
// Owner: the reactor thread (or the simulator).
#pragma once

#include "broker/core/broker.h"
#include "broker/runtime/shell.h"

namespace noroshi::runtime {

class Driver {
 public:
  Driver(core::Broker& broker, Shell& shell) : broker_(broker), shell_(shell) {}

  void handle(core::Command command);
  // After what this turn received has been handled: cut the next batch if the log is idle, pump who waits.
  void finish_turn();
  // There is work that needs no further input.
  bool more() const { return broker_.sessions_wait(); }

 private:
  void carry_out(core::Outcome outcome);

  core::Broker& broker_;
  Shell& shell_;
};

}  // namespace noroshi::runtime
