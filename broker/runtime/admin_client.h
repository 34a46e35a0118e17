// Asks a running broker through the admin socket in its data directory: one request, one reply. Main thread, blocking.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>

#include "broker/runtime/data_directory.h"
#include "noroshi/v1/admin.pb.h"

namespace noroshi::runtime {

// The broker is there and did not answer. What was asked for may have happened all the same.
struct AdminUnreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// nullopt: nothing listens. Throws AdminUnreachable, ConfigError (the socket is not ours to use).
std::optional<v1::AdminReply> ask_running(const DataDirectory& data, const v1::AdminRequest& request,
                                          std::chrono::milliseconds timeout = std::chrono::seconds(10));

}  // namespace noroshi::runtime
