// A program of the operator's, started with something to read. No shell in between.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace noroshi::cli {

// Waits until it ends; after `timeout_seconds`, or once `stop` is set, it is ended with all that it started. Its output goes to
// our standard error. Returns empty if it ended with exit code 0, otherwise what went wrong. Any thread.
std::string run_program(const std::vector<std::string>& command, std::string_view input, int timeout_seconds,
                        const std::atomic<bool>& stop);

}  // namespace noroshi::cli
