// export: the log as a file, for verification elsewhere (--bundle) or for other programs (--format).
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::auditor {

void add_export(cli::Program& program);

}  // namespace noroshi::auditor
