// From what the core wants appended to the entry the log stores: body serialised once, salted, hashed; and back.
#pragma once

#include <memory>

#include "broker/core/outcome.h"
#include "broker/store/log.h"

namespace noroshi::runtime {

std::shared_ptr<Record> make_record(core::Append&& append, const Salt& salt);

// A stored entry as the core wants it: the versions before a report are looked up. Throws std::runtime_error.
RecordPtr record_of(Entry entry, store::Reader& log);
// Likewise, the report of this id; nullptr: there is none.
RecordPtr stored_report(store::Reader& log, const ReportId& id);

}  // namespace noroshi::runtime
