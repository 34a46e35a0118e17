// A backup: a folder with the log as it was at one moment, its signed head, and the configuration; the keys only if asked
// for. It is complete, checked and on the disk before it has its name.
#pragma once

#include "broker/runtime/stopped.h"
#include "broker/store/check.h"

namespace noroshi::runtime {

struct BackupOptions {
  bool with_keys = false;
  bool replace = false;  // an earlier backup of this name
};

struct BackedUp {
  std::uint64_t entries = 0;
  std::string checkpoint;
};

// Beside a running broker or not. Throws ConfigError, store::StorageError; then `to` is as it was.
BackedUp make_backup(const DataDirectory& data, const fs::path& to, BackupOptions options,
                     const store::Progress& progress);

struct Restored {
  std::uint64_t entries = 0;
  std::uint64_t lost = 0;          // that the directory's signed head counted
  std::vector<std::string> files;  // that were missing and came from the backup
  std::vector<fs::path> set_aside;
  std::string believed;  // the backup's own word for its log key; empty: it was held against the directory's key
};

// Into a directory in which no broker runs, or a new one. Nothing is replaced before the backup has been checked. Throws
// ConfigError if it is older than the directory's signed head, unless that is accepted; store::StorageError.
Restored restore_backup(const fs::path& from, const DataDirectory& data, bool accept_loss, Micros now,
                        const store::Progress& progress);

}  // namespace noroshi::runtime
