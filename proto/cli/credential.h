// A credential as a command line is given it.
#pragma once

#include <optional>
#include <string>

#include "proto/cli/cli.h"
#include "proto/wire/credential.h"

namespace noroshi::cli {

// Loads a credential that can reach its broker. Throws Failure: kFailed if there is no such file, kUsage if it is not fit
// for use (others can read it, it is damaged, its keys are not enrolled yet), saying what to do.
wire::Credential enrolled_credential(const Common& common, const std::string& file);

// Tells a member in good time, and once a day, that its access will end. A certificate that nobody saw expire has silenced
// an alert system before.
class ExpiryNotice {
 public:
  // `access_until` is what the broker's Welcome says, 0 for no end. Empty: nothing to tell now.
  std::string due(const Common& common, Micros access_until, Micros now);

 private:
  std::optional<Micros> told_at_;
};

}  // namespace noroshi::cli
