// Rebuilds the core's state from the log at start: all members, the last posture, the last digest release, the reports
// after it, and the newest reports and receipts. Reads those entries and the log's two ends only, however long it is.
#pragma once

#include <functional>
#include <stdexcept>

#include "broker/core/broker.h"
#include "broker/store/log.h"

namespace noroshi::runtime {

// A member that the registrar did not sign: the key is not the one it was, or the entry is not.
struct UnsignedMember : std::runtime_error {
  explicit UnsignedMember(Seq entry) : std::runtime_error("a member that the registrar did not sign"), seq(entry) {}
  Seq seq;
};

// Throws store::StorageError on a damaged entry, UnsignedMember.
void recover(core::Broker& broker, store::Reader& log, const PublicKey& registrar);

// Where in a log with this head the newest reports, receipts and overdue entries begin that are read at a start.
Seq recent_in(Seq head);

// Every entry that the filter wants, decoded, in order. Throws store::StorageError.
void for_each_record(store::Reader& log, Seq from, const store::Filter& filter,
                     const std::function<void(const Record&)>& use);

}  // namespace noroshi::runtime
