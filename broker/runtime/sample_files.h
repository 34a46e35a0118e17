// The files that init writes for people to edit, commented in both languages.
#pragma once

#include <string>
#include <string_view>

#include "broker/runtime/data_directory.h"

namespace noroshi::runtime {

std::string broker_toml(const Config& config);  // load_config() of it gives `config` again
std::string_view sectors_toml();

}  // namespace noroshi::runtime
