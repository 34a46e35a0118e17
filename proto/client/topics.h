// Topics as a person types them on a command line, held against the local matrix. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/cli/cli.h"
#include "schemas/matrix.h"

namespace noroshi::client {

// Topics of the matrix that are written much like `topic`, the nearest first; at most three.
std::vector<std::string> near_topics(const Matrix& matrix, std::string_view topic);

// What to tell a person about the first of `topics` that the matrix does not have; nullopt: it has them all.
std::optional<std::string> unknown_topic(const cli::Common& common, const Matrix& matrix,
                                         const std::vector<std::string>& topics);

}  // namespace noroshi::client
