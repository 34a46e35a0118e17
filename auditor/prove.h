// prove: that an entry is in the log, as a file to keep.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::auditor {

void add_prove(cli::Program& program);

}  // namespace noroshi::auditor
