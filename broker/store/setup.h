// How a connection to the log's database is set up. Part of the store.
#pragma once

#include "broker/store/sqlite.h"

namespace noroshi::store {

// A log that is not there, or is an empty file, was lost: to begin anew would forget what was acknowledged. Throws StorageError.
void refuse_if_missing(const std::filesystem::path& file);

// For the one writer: WAL, synchronous=FULL, checkpoints in line; creates or migrates the schema.
void set_up_writer(Connection& connection);
// For readers: never a checkpoint. Refuses a schema it does not know.
void set_up_reader(Connection& connection);

// Copies what the write-ahead log holds into the database, so that it can begin anew. Throws StorageError.
void move_wal(Connection& connection);

}  // namespace noroshi::store
