// verify: the whole log, of a live broker or in a bundle, held against its signed checkpoint.
#pragma once

#include "auditor/bundle.h"
#include "auditor/trust.h"
#include "auditor/verdict.h"
#include "proto/cli/cli.h"

namespace noroshi::auditor {

void add_verify(cli::Program& program);

// A bundle against what its holder knows: `given` over the bundle's own keys. Throws Wrong, Damaged, cli::Failure.
// `seen_file`: as Seen's; it is not changed.
Verdict verify_bundle(BundleReader& bundle, const Given& given, const std::filesystem::path& seen_file,
                      const std::function<void()>& moved_on);

}  // namespace noroshi::auditor
