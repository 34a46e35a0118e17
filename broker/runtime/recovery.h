// Rebuilds the core's state from the log at start: all members, the last posture, the last digest release, the reports
// after it, and the newest reports and receipts. Reads those entries only, however long the log is.
#pragma once

#include "broker/core/broker.h"
#include "broker/store/log.h"

namespace noroshi::runtime {

// Throws store::StorageError on a damaged entry or a member that the registrar did not sign.
void recover(core::Broker& broker, store::Reader& log, const PublicKey& registrar);

}  // namespace noroshi::runtime
