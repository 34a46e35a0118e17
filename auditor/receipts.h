// receipts: who has confirmed a report, with what signature.
#pragma once

#include "proto/cli/cli.h"

namespace noroshi::auditor {

void add_receipts(cli::Program& program);

}  // namespace noroshi::auditor
