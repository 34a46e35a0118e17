// The matrix of items on this machine, for a command line.
#pragma once

#include <filesystem>

#include "proto/cli/cli.h"
#include "schemas/matrix_loader.h"

namespace noroshi::subscriber {

// An empty path: the one that is installed. Throws cli::Failure{kUsage}.
inline Matrix local_matrix(const std::filesystem::path& file) {
  try {
    return load_matrix(matrix_path(file));
  } catch (const MatrixError& error) {
    throw cli::Failure(cli::kUsage, error.what());
  }
}

}  // namespace noroshi::subscriber
