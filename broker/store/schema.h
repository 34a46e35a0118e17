// The database of the log and how it came to be: one step per PRAGMA user_version. A step is never changed once released.
#pragma once

#include <array>
#include <cstdint>

namespace noroshi::store {

inline constexpr std::int64_t kApplicationId = 0x4E6F726F;  // "Noro", in the header of the file

// body is last, so that a scan that does not ask for it never touches its overflow pages. row_check is over every column
// but body (see row.h): one flipped bit in kind or lane would send a report the wrong way with nothing to notice it.
// entries_by_kind leaves reports out: members, posture and digests are found at start without a scan, and the many
// reports pay nothing for it. Time needs no index: it grows with seq, and a binary search finds it.
inline constexpr std::array kMigrations{
    R"sql(
      CREATE TABLE entries(
        seq         INTEGER PRIMARY KEY,
        recorded_at INTEGER NOT NULL,
        kind        INTEGER NOT NULL,
        lane        INTEGER NOT NULL,
        row_check   INTEGER NOT NULL,
        salt        BLOB NOT NULL,
        leaf        BLOB NOT NULL,
        body        BLOB NOT NULL
      ) STRICT;
      CREATE INDEX entries_by_kind ON entries(kind, seq) WHERE kind <> 1;
      CREATE TABLE report_ids(
        id  BLOB PRIMARY KEY,
        seq INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    )sql",
    R"sql(
      CREATE TABLE facts(
        name  TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY(name, value)
      ) STRICT, WITHOUT ROWID;
    )sql",
    // The tree is filled by build_tree() in the same transaction: see tree_rows.h. The index says once more which entries
    // are members, postures and digests: see witness.h.
    R"sql(
      CREATE TABLE tree(
        position   INTEGER PRIMARY KEY,
        node_check INTEGER NOT NULL,
        hash       BLOB NOT NULL
      ) STRICT;
      CREATE INDEX entries_witness ON entries(kind, seq) WHERE kind IN (3, 4, 5);
    )sql",
    // An index ends in its rowid, which seq is another name for. With seq named as well a row of the index had it twice: the
    // one that a search goes by, and the one that is read and held against the witness; rot in the first lost entries.
    R"sql(
      DROP INDEX entries_by_kind;
      DROP INDEX entries_witness;
      CREATE INDEX entries_by_kind ON entries(kind) WHERE kind <> 1;
      CREATE INDEX entries_witness ON entries(kind) WHERE kind IN (3, 4, 5);
    )sql",
};
inline constexpr std::int64_t kFactsVersion = 2;  // that brought the facts
inline constexpr std::int64_t kTreeVersion = 3;   // that brought the tree
inline constexpr std::int64_t kSchemaVersion = kMigrations.size();

}  // namespace noroshi::store
