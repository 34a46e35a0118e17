// The loop: hand a command to the core, carry out what it wants. The one place where the core meets the world.
// Owner: the reactor thread (or the simulator).
#pragma once

#include <optional>

#include "broker/core/broker.h"
#include "broker/runtime/shell.h"

namespace noroshi::runtime {

class Driver {
 public:
  Driver(core::Broker& broker, Shell& shell) : broker_(broker), shell_(shell) {}

  // Whether a frame that has come in is to be looked at; otherwise its member sends too much.
  bool admits(const core::Arrival& arrival);
  void handle(core::Command command);
  // Cuts the next batch if the log is idle.
  void cut();
  // After what this turn received has been handled: cut(), then pump who waits.
  void finish_turn();
  // There is work that needs no further input.
  bool more() const { return broker_.sessions_wait(); }

 private:
  void carry_out(core::Outcome outcome);  // all but `dropped`

  core::Broker& broker_;
  Shell& shell_;
  std::optional<ReportId> newest_;  // the largest report id in the log; nullopt: not asked yet
};

}  // namespace noroshi::runtime
