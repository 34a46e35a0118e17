// The broker's administrative commands: init, enroll, revoke, roster, board, posture, status, check-config, check,
// rebuild, backup, restore. Main thread only.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::broker {

void add_commands(cli::Program& program);

}  // namespace noroshi::broker
