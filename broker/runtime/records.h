// From what the core wants appended to the entry the log stores: body serialised once, salted, hashed; and back.
#pragma once

#include <memory>
#include <optional>

#include "broker/core/outcome.h"
#include "broker/store/log.h"

namespace noroshi::runtime {

std::shared_ptr<Record> make_record(core::Append&& append, const Salt& salt);

// The stored report of this id. Throws StorageError if the index says another one: what it answered would be proven, and
// called a duplicate.
std::optional<Record> find_report(store::Reader& log, const ReportId& id);

// A stored entry as the core wants it: what a report corrects or calls back is looked up. Throws std::runtime_error.
RecordPtr record_of(Entry entry, store::Reader& log);

}  // namespace noroshi::runtime
