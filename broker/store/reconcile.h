// Before a log is appended to, it and its mirror are made to say the same: whichever has less takes what it lacks from the
// other, if the signed head allows it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/store/mirror.h"
#include "broker/store/sqlite_log.h"

namespace noroshi::store {

// The id of a report, from its body: the store keeps bodies and does not know what is in them.
using ReportIdOf = std::function<ReportId(const Entry&)>;

struct Reconciled {
  std::unique_ptr<Mirror> mirror;  // stands where the log stands
  std::vector<std::string> news;   // what was done that is not done at every start, for whoever runs the broker
};

// Throws StorageError, with the way out, if the two contradict each other or the head is not the signer's.
Reconciled reconcile(SqliteLog& log, const fs::path& database, const fs::path& mirror, const Signer& signer,
                     const ReportIdOf& id_of);

// What reconcile() would throw, without changing anything. `log` is on the same database.
void refuse_if_contradictory(Reader& log, const fs::path& mirror, const tlog::VerifierKey& key);

// The mirror's entries behind the first `after`, with the tree behind each record, from whole records; ends at a gap.
void for_each_record(const fs::path& mirror, std::uint64_t after, const std::function<void(const MirrorRecord&)>& use);

}  // namespace noroshi::store
