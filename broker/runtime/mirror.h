// The mirror of this broker's log: where it is, in whose name its heads are signed, and how the two are brought together.
#pragma once

#include "broker/runtime/foundation.h"
#include "broker/store/reconcile.h"

namespace noroshi::runtime {

fs::path mirror_of(const DataDirectory& data, const Config& config);
store::Signer signer_of(const Foundation& foundation);
// Throws std::runtime_error for a body that is no report.
ReportId report_id_of(const Entry& entry);

// Before anything is appended: the log and its mirror say the same afterwards, and go on together. What had to be done is
// logged. Throws ConfigError for a log of another broker, store::StorageError.
void join_mirror(store::SqliteLog& log, const DataDirectory& data, const Foundation& foundation);
// What join_mirror() would throw. Changes nothing.
void check_mirror(const DataDirectory& data, const Foundation& foundation);

}  // namespace noroshi::runtime
