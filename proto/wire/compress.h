// zstd with a cap on what comes out. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "proto/types/ids.h"

namespace noroshi::wire {

Bytes compress(std::string_view raw);
// nullopt: damaged, or larger than `cap`.
std::optional<Bytes> decompress(std::string_view packed, std::size_t cap);

}  // namespace noroshi::wire
