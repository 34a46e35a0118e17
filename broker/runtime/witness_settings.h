// [[witness]] in broker.toml: who is asked to cosign the log's checkpoints.
#pragma once

#include <string>
#include <vector>

#include "proto/tlog/verifier_key.h"
#include "proto/web/address.h"

namespace noroshi::runtime {

class TomlFile;

struct WitnessSettings {
  std::string name;  // here, and in what people are shown
  web::Address url;  // to which "add-checkpoint" is added
  tlog::VerifierKey key;
};

// Throws ConfigError. Precondition: the file has a key `witness`.
std::vector<WitnessSettings> witnesses_in(const TomlFile& file);

}  // namespace noroshi::runtime
