#include "subscriber/sink_exec.h"

#include "proto/cli/run_program.h"

namespace noroshi::subscriber {

std::string ExecSink::take(const std::vector<Parcel>& parcels) {
  return cli::run_program(command_, parcels.front().json + "\n", static_cast<int>(timeout_seconds_), stop_);
}

}  // namespace noroshi::subscriber
