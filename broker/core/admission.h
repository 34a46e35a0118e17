// May this member publish this report now? Everything that report_check cannot know: organisation, rights, signature,
// time, audience, relations. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "broker/core/commands.h"
#include "broker/core/roster.h"
#include "proto/types/reason.h"
#include "schemas/matrix.h"

namespace noroshi::core {

// What rules look at besides the submission. References, valid for the call.
struct AdmissionContext {
  const Member& author;
  const Roster& roster;
  const Matrix& matrix;
  const std::set<std::string>& sectors;  // that exist
  const Report* related = nullptr;       // what relates_to names, committed or on its way
  Micros now{};
};

// Rules of the bytes themselves and of their author; broken for ever, checked before looking for a duplicate.
std::optional<Rejection> check_author(const Submit& submit, const Report& report, const AdmissionContext& context);

// Rules of this moment; a report that is already in the log is not asked again.
std::optional<Rejection> check_moment(const Report& report, const AdmissionContext& context);

}  // namespace noroshi::core
