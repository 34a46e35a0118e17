// Whether everything there is has come, and has gone on from here: per lane, exactly what is not so.
#pragma once

#include "proto/cli/cli.h"
#include "subscriber/inbox_folder.h"

namespace noroshi::subscriber {

// Prints it; raises the exit code to kUnverified if something is missing.
void missed(cli::Program& program, const InboxFolder& folder);

}  // namespace noroshi::subscriber
