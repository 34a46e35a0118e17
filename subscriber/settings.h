// subscriber.toml: what a daemon receives, and where it passes it on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "proto/types/names.h"
#include "schemas/matrix.h"

namespace noroshi::subscriber {

struct SinkSettings {
  std::string name;
  enum class Type { exec, file } type{};
  std::vector<std::string> command;   // exec
  std::int64_t timeout_seconds = 30;  // exec
  std::filesystem::path path;         // file
  bool from_start = false;            // also what was in the inbox before the sink was
};

struct Settings {
  std::vector<std::string> topics{"*"};
  std::vector<std::string> statuses{"ACTUAL"};
  std::vector<Lane> lanes{Lane::urgent, Lane::batched};
  bool from_start = true;  // of the log, when the inbox is new
  std::vector<SinkSettings> sinks;
};

// Throws cli::Failure{kUsage} with file, line, key and what to do.
Settings load_settings(const std::filesystem::path& file);
// A file with every setting, explained in both languages. Throws cli::Failure.
void write_sample_settings(const std::filesystem::path& file);

}  // namespace noroshi::subscriber
