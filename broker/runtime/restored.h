// What a restore leaves to be judged. Where a backup is put back before the log's key is, only the backup itself says whose it
// is; so its signed head stays in the data directory ("restored.checkpoint") until the key is there, and nothing is
// signed before the two have been held against each other. Main thread.
#pragma once

#include "broker/runtime/data_directory.h"
#include "proto/tlog/checkpoint.h"

namespace noroshi::runtime {

// `note`: the signed head of the backup that is about to be put back. Throws ConfigError.
void leave_to_be_judged(const DataDirectory& data, const std::string& note);
// Unless there is nothing to judge, the log must be the one that `key` signed this head for. Changes nothing. Throws
// ConfigError, store::StorageError.
void refuse_foreign_restore(const DataDirectory& data, const tlog::VerifierKey& key);
// The log has been judged: its mirror has a head of its own key.
void was_judged(const DataDirectory& data);

}  // namespace noroshi::runtime
