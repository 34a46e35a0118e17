// A second witness for the index by kind. A broker finds its members, its posture and its last digest by that index at start,
// and a flipped bit in it would lose a revocation with nothing to show for it: every row that is found is whole, but what is
// not found is not looked at. Another index has the same rows in other pages; where the two differ, one of them rotted.
#pragma once

#include "broker/store/sqlite.h"

namespace noroshi::store {

// Throws StorageError naming the first entry on which the two differ. Reads both, some octets for each such entry.
void compare_witnesses(Connection& connection);

}  // namespace noroshi::store
