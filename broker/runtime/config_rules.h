// What a configuration must keep, whether it comes from a file or from the command line. Pure.
#pragma once

#include <string>

#include "broker/runtime/data_directory.h"

namespace noroshi::runtime {

bool is_address(const std::string& host);  // an IPv4 or IPv6 address, no name: ZeroMQ binds no names
// A name in a signed note's key: no blanks, no plus (C2SP signed-note); and nothing that needs quoting anywhere.
bool is_origin(const std::string& name);

// For init: throws ConfigError naming the key and the remedy.
void check_config(const Config& config);

}  // namespace noroshi::runtime
