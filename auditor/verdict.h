// The verdict of a verification, for people and programs. Standard output; main thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "auditor/log_check.h"
#include "proto/cli/cli.h"

namespace noroshi::auditor {

struct Verdict {
  LogCheck::Counts counts;
  tlog::Checkpoint checkpoint;
  std::string note;
  bool keys_given = true;               // else they are the bundle's own: it agrees with itself, no more
  std::optional<std::uint64_t> before;  // the size that was verified before; nullopt: the first time
};

// Prints it. Members that saw another log are a finding: the program ends with kUnverified.
void conclude(cli::Program& program, const Verdict& verdict);
// Runs a verification; what it finds is printed, and ends the program with kUnverified.
void judged(cli::Program& program, const std::function<void()>& verification);

}  // namespace noroshi::auditor
