// Wires a broker together and runs it until SIGTERM or SIGINT.
#pragma once

#include <functional>

#include "broker/runtime/data_directory.h"

namespace noroshi::runtime {

// Blocks. `on_ready` is called once it can take work. Throws ConfigError, store::StorageError, or std::exception with
// what is wrong and what to do; returns when it was asked to stop and everything in flight is done.
void serve(const DataDirectory& data, const std::function<void(const Config&)>& on_ready);

}  // namespace noroshi::runtime
