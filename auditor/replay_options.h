// The command line of `replay`, read and checked.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auditor/replay_session.h"
#include "proto/cli/cli.h"
#include "schemas/matrix.h"

namespace noroshi::auditor {

struct ReplayOptions {
  std::filesystem::path credential;
  std::vector<std::string> topics;
  std::string from;                // a sequence or an RFC 3339 time; empty: the first
  std::string to;                  // likewise; empty: the head
  std::vector<std::string> kinds;  // names of entry kinds, "all"; empty: reports
  std::vector<std::string> statuses;
  double timeout = 30;  // seconds without progress
  double pace = 0;      // how many times faster than it was; 0: at once
  bool bytes = false;
  std::filesystem::path matrix;
};

void add_options(CLI::App& app, const cli::Common& common, ReplayOptions& options);

// Throws Failure{kUsage} on a bound that is none and on topics that the matrix does not have.
ReplayOrder order_of(const cli::Common& common, const ReplayOptions& options, const Matrix& matrix);

}  // namespace noroshi::auditor
