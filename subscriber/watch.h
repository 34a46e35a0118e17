// noroshi-subscriber watch: shows what is delivered, as it comes.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::subscriber {

void add_watch(cli::Program& program);

}  // namespace noroshi::subscriber
