// What the administrative commands share: a data directory and the broker in it, whether it runs or not; and how errors
// of the layers below become exit codes.
#pragma once

#include <filesystem>
#include <functional>

#include "broker/runtime/data_directory.h"
#include "noroshi/v1/admin.pb.h"
#include "proto/cli/cli.h"

namespace noroshi::broker {

namespace fs = std::filesystem;

// Runs `work`: a ConfigError is kUsage, a broker that does not answer kUnreachable, all else kFailed.
void guarded(const std::function<void()>& work);

// Adds the option --data, which every command has.
void add_data_option(cli::Program& program, CLI::App& command, fs::path& data);

// Adds the option --registrar.
void add_registrar_option(cli::Program& program, CLI::App& command, fs::path& registrar);

class Access {
 public:
  // Reads broker.toml. Throws Failure if there is no such directory.
  Access(const cli::Common& common, const fs::path& root);

  const cli::Common& common;
  runtime::DataDirectory data;
  runtime::Config config;

  struct Answer {
    v1::AdminReply reply;
    bool running = false;
  };
  // Asks the running broker; if none runs, does it here. Throws Failure if it was refused.
  Answer ask(const v1::AdminRequest& request) const;

  // The key that signs members. Throws ConfigError unless it is the one this broker trusts.
  wire::SigningKey registrar(const fs::path& file) const;  // an empty path: DIR/keys/registrar.key
};

}  // namespace noroshi::broker
