// What `enroll` was asked for, and the member's record that it means.
#pragma once

#include <string>
#include <vector>

#include "broker/commands/issue.h"
#include "broker/core/broker.h"
#include "proto/cli/cli.h"
#include "proto/types/member.h"

namespace noroshi::broker {

struct EnrolOptions : IssueOptions {
  std::string tier, source, audit, name_ja, name_en, valid_from, valid_until;
  std::vector<std::string> sectors, publish, contacts;
  bool subscribe = false;
  bool annotate = false;
};

// Everything but keys, checked against sectors and matrix; valid_from is 0 if it was not given. Throws Failure{kUsage} saying what to write.
Member record_of(const cli::Common& common, const EnrolOptions& options, const core::Settings& settings);

}  // namespace noroshi::broker
