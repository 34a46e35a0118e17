// The command line of `watch`, read and checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "proto/cli/cli.h"
#include "proto/types/names.h"
#include "schemas/matrix.h"

namespace noroshi::subscriber {

struct WatchOptions {
  std::filesystem::path credential;
  std::vector<std::string> topics;
  std::string from = "now";   // now, start, or the first sequence wanted
  std::string lane = "both";  // urgent batched both
  std::vector<std::string> statuses;
  std::optional<std::size_t> count;
  std::optional<double> timeout;  // seconds
  std::filesystem::path matrix;

  bool wants(Lane wanted) const { return lane == "both" || lane == name_of(wanted); }
  std::optional<Seq> first() const;  // nullopt: from now on
};

void add_options(CLI::App& app, const cli::Common& common, WatchOptions& options);

// Throws Failure{kUsage} on a `from` that is none and on topics that the matrix does not have.
void check(const cli::Common& common, const WatchOptions& options, const Matrix& matrix);

}  // namespace noroshi::subscriber
