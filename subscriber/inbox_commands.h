// noroshi-subscriber inbox, open, respond, missed: beside a running daemon or after it.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::subscriber {

void add_inbox_commands(cli::Program& program);

}  // namespace noroshi::subscriber
