// noroshi-subscriber run: the daemon. Receives into the inbox, confirms, passes on.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::subscriber {

void add_run(cli::Program& program);

}  // namespace noroshi::subscriber
