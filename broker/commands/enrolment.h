// What `enroll` was asked for, and the member's record that it means.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "broker/core/broker.h"
#include "proto/cli/cli.h"
#include "proto/types/member.h"

namespace noroshi::broker {

struct EnrolOptions {
  std::filesystem::path data, registrar, credential, keys;
  std::string organization, tier, source, audit, name_ja, name_en, host;
  std::vector<std::string> sectors, publish;
  bool subscribe = false;
};

// Everything but keys and validity, checked against sectors and matrix. Throws Failure{kUsage} saying what to write.
Member record_of(const cli::Common& common, const EnrolOptions& options, const core::Settings& settings);

}  // namespace noroshi::broker
