// noroshi-auditor replay: shows the log, in order.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::auditor {

void add_replay(cli::Program& program);

}  // namespace noroshi::auditor
