// How a connection to the log's database is set up. Part of the store.
#pragma once

#include "broker/store/sqlite.h"

namespace noroshi::store {

// For the one writer: WAL, synchronous=FULL, checkpoints in line; creates or migrates the schema.
void set_up_writer(Connection& connection);
// For readers: never a checkpoint. Refuses a schema it does not know.
void set_up_reader(Connection& connection);

}  // namespace noroshi::store
