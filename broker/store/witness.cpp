#include "broker/store/witness.h"

#include <algorithm>

namespace noroshi::store {

void compare_witnesses(Connection& connection) {
  // Each forced onto one of the indexes, for which the query must repeat the index's own condition.
  Statement first(connection,
                  "SELECT seq FROM entries INDEXED BY entries_by_kind "
                  "WHERE kind = ?1 AND kind <> 1 ORDER BY seq");
  Statement second(connection,
                   "SELECT seq FROM entries INDEXED BY entries_witness "
                   "WHERE kind = ?1 AND kind IN (3, 4, 5) ORDER BY seq");
  for (const EntryKind kind : {EntryKind::member, EntryKind::posture, EntryKind::digest}) {
    Use a(first);
    Use b(second);
    a->bind(1, static_cast<std::int64_t>(kind));
    b->bind(1, static_cast<std::int64_t>(kind));
    while (true) {
      const std::int64_t in_first = a->step() ? a->number(0) : 0;
      const std::int64_t in_second = b->step() ? b->number(0) : 0;
      if (in_first != in_second)
        connection.damaged(Seq{static_cast<std::uint64_t>(std::max(in_first, in_second))},
                           {"種類の索引が食い違っています", "the indexes by kind contradict each other"});
      if (in_first == 0) break;
    }
  }
}

}  // namespace noroshi::store
