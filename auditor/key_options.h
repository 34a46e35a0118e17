// Where the keys come from, on the command lines that verify.
#pragma once

#include <filesystem>
#include <string>

#include "auditor/trust.h"
#include "proto/cli/cli.h"

namespace CLI {
class Option;
}

namespace noroshi::auditor {

struct KeyOptions {
  std::string credential;
  std::string verifier_key;
  std::string registrar;
  std::filesystem::path checkpoint;  // the file of Seen; empty: none
  double timeout = 30;               // seconds without an answer
};

inline constexpr cli::Text kCredentialOfAuditor{"監査者の資格情報ファイル", "The auditor's credential file"};

// --credential, --verifier-key, --timeout.
CLI::Option* add_access_options(CLI::App& app, const cli::Common& common, KeyOptions& options);
// --checkpoint.
void add_checkpoint_option(CLI::App& app, const cli::Common& common, KeyOptions& options);

Given given_by(const KeyOptions& options);
// Of a live broker. Throws cli::Failure if the log's key is not known.
Keys keys_for(const cli::Common& common, const KeyOptions& options, const wire::Credential& credential);

}  // namespace noroshi::auditor
