#include "broker/runtime/call_command.h"

#include "proto/cli/run_program.h"

namespace noroshi::runtime {

namespace {
constexpr int kCommandAttempts = 3;
constexpr int kSecondsEach = 30;
}  // namespace

std::string CallCommand::take(const core::Call& call) {
  return cli::run_program(command_, call_json(call), kSecondsEach, stop_);
}

std::optional<std::int64_t> CallCommand::patience(int failures) const {
  return failures < kCommandAttempts ? std::optional<std::int64_t>(0) : std::nullopt;
}

}  // namespace noroshi::runtime
