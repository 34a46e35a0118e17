// A mistake on the command line, in words. Pure.
#pragma once

#include <string>

#include "proto/cli/cli.h"

namespace noroshi::cli {

std::string mistake(const Common& common, const CLI::App& app, const CLI::ParseError& error);

}  // namespace noroshi::cli
