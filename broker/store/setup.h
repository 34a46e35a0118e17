// How a connection to the log's database is set up. Part of the store.
#pragma once

#include "broker/store/sqlite.h"
#include "broker/store/sqlite_log.h"

namespace noroshi::store {

// A log that is not there, or is an empty file, was lost: to begin anew would forget what was acknowledged. Throws StorageError.
void refuse_if_missing(const std::filesystem::path& file);

// Its tables and indexes are those that a log of its version has, no fewer and no others. Writers and readers ask, and check() does.
// Throws StorageError.
void refuse_other_form(Connection& connection);

// For the one writer: WAL, synchronous=FULL, checkpoints in line; migrates the schema, and creates it in an empty
// database if that is asked for: one that lost its tables was a log.
void set_up_writer(Connection& connection, IfMissing if_missing);
// For readers: never a checkpoint. Refuses a schema it does not know; the entries are the same in all it knows.
void set_up_reader(Connection& connection);

// Copies what the write-ahead log holds into the database, so that it can begin anew. Throws StorageError.
void move_wal(Connection& connection);

}  // namespace noroshi::store
