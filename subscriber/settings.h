// subscriber.toml: what a daemon receives, and where it passes it on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "proto/types/names.h"
#include "proto/types/words.h"
#include "proto/web/address.h"
#include "schemas/matrix.h"

namespace noroshi::subscriber {

struct SinkSettings {
  std::string name;
  enum class Type { exec, file, syslog, webhook } type{};
  bool from_start = false;            // also what was in the inbox before the sink was
  bool drills = true;                 // also exercises and tests, if they are received at all
  std::int64_t timeout_seconds = 30;  // all but file: for each report
  std::optional<Language> language;   // of what people read; none: the daemon's

  std::vector<std::string> command;  // exec
  std::filesystem::path path;        // file: a file, for the other formats a directory
  enum class Format { ndjson, text, markdown, html } format{};
  web::Address address;               // syslog: udp, tcp or unix; webhook: https or http
  int facility = 16;                  // syslog, as RFC 5424 numbers them
  std::filesystem::path secret_file;  // webhook
  std::filesystem::path ca_file;      // webhook; empty: the system's
};

struct Settings {
  std::vector<std::string> topics{"*"};
  std::vector<std::string> statuses{"ACTUAL"};
  std::vector<Lane> lanes{Lane::urgent, Lane::batched};
  bool from_start = true;  // of the log, when the inbox is new
  std::vector<SinkSettings> sinks;
  std::vector<std::string> retired;  // sinks that are gone because somebody wants it so
};

// Throws cli::Failure{kUsage} with file, line, key and what to do.
Settings load_settings(const std::filesystem::path& file);
// A file with every setting, explained in both languages. Throws cli::Failure.
void write_sample_settings(const std::filesystem::path& file);

}  // namespace noroshi::subscriber
