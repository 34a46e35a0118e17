// A credential as a command line is given it.
#pragma once

#include <string>

#include "proto/cli/cli.h"
#include "proto/wire/credential.h"

namespace noroshi::cli {

// Loads a credential that can reach its broker. Throws Failure: kFailed if there is no such file, kUsage if it is not fit
// for use (others can read it, it is damaged, its keys are not enrolled yet), saying what to do.
wire::Credential enrolled_credential(const Common& common, const std::string& file);

}  // namespace noroshi::cli
