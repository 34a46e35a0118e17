// A report among those of its thread that lie in the inbox: what it changed, and what was said to it later.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/cli/report_changes.h"
#include "subscriber/inbox.h"

namespace noroshi::subscriber {

struct Thread {
  std::string before;  // the report that an update or a correction continues; empty: none, or not here
  // What withdrew or corrected that one, but for this report itself and what withdrew this one, too: it stands all the same.
  std::optional<Withdrawal> before_withdrawn;
  std::vector<cli::ReportChange> changes;  // since that one
  std::vector<Reading> later;              // what relates to this report, in order of arrival
};

Thread thread_of(const cli::Common& common, const Matrix& matrix, Inbox& inbox, const Reading& reading);
// reading_json(), and: before, beforeWithdrawn (by what), beforeWithdrawal (how), changes [{field, before, after}],
// later [{id, seq, relation, publisher, signature, title, status, expiresAt, withdrawn, withdrawal}].
std::string thread_json(const Reading& reading, const Thread& thread);
// Follows the report's own text; empty if there is nothing to say.
std::string thread_text(const cli::Common& common, const Thread& thread, Micros now);

}  // namespace noroshi::subscriber
