// board: who has received, opened and answered, as the broker tells an auditor.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::auditor {

void add_board(cli::Program& program);

}  // namespace noroshi::auditor
