// checkpoint: what is remembered of the broker's log, to be compared with others, and the end of an alarm.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::subscriber {

void add_checkpoint(cli::Program& program);

}  // namespace noroshi::subscriber
