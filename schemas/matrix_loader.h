// Reads and checks matrix.toml. Any thread; reads the one file, keeps nothing.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "schemas/matrix.h"

namespace noroshi {

// What is wrong with the file, where (file:line) and what to do.
struct MatrixError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws MatrixError on anything missing, doubled, unknown or contradictory.
Matrix load_matrix(const std::filesystem::path& file);
Matrix parse_matrix(std::string_view toml, std::string_view name_for_errors);

// Where a program finds its matrix: `given` if not empty, else $NOROSHI_MATRIX, else ../share/noroshi/matrix.toml beside
// the running program, else /usr/share/noroshi/matrix.toml. Returns the first that was named or exists.
std::filesystem::path matrix_path(const std::filesystem::path& given);

}  // namespace noroshi
