// Starts the operator's program: one line of JSON on its standard input; done when it ends with 0. Tried three times.
#pragma once

#include <string>
#include <vector>

#include "broker/runtime/caller.h"

namespace noroshi::runtime {

class CallCommand : public Way {
 public:
  CallCommand(std::vector<std::string> command, const std::atomic<bool>& stop)
      : command_(std::move(command)), stop_(stop) {}
  std::string take(const core::Call& call) override;
  std::optional<std::int64_t> patience(int failures) const override;

 private:
  std::vector<std::string> command_;
  const std::atomic<bool>& stop_;
};

}  // namespace noroshi::runtime
