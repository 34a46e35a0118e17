// The inbox's database and how it came to be: one step per PRAGMA user_version. A step is never changed once released.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>

namespace noroshi::subscriber {

inline constexpr std::int64_t kInboxId = 0x4E6F496E;  // "NoIn", in the header of the file

// What a delivery is in the inbox, all but what people do with it, over a row `e` of entries. The leaf stands for salt and body.
// Database gives SQL its sha256().
inline const std::string kSeal =
    "sha256(e.number, e.seq, e.lane, e.recorded_at, e.topic, e.report, e.signature, e.relates_to, e.relation, e.leaf, "
    "e.digest)";

// number is the order of arrival, which sinks follow. A sequence with its leaf is an entry's name: should a broker's log
// end before what it has delivered (restored from an older backup), its sequences begin again with other entries.
// What withdraws a report is found by relates_to, whichever of the two came first. body is last: scans need it least.
inline const std::array<std::string, 7> kInboxMigrations{
    R"sql(
      CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE entries(
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        seq         INTEGER NOT NULL,
        lane        INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL,
        topic       TEXT NOT NULL,
        report      TEXT NOT NULL,
        signature   TEXT NOT NULL,
        relates_to  TEXT,
        relation    INTEGER,
        opened_at   INTEGER,
        answer      INTEGER,
        note        TEXT,
        salt        BLOB NOT NULL,
        leaf        BLOB NOT NULL,
        body        BLOB NOT NULL,
        UNIQUE(seq, leaf)
      ) STRICT;
      CREATE INDEX entries_by_report ON entries(report);
      CREATE INDEX entries_by_lane ON entries(lane, number);
      CREATE INDEX entries_by_relation ON entries(relates_to) WHERE relates_to IS NOT NULL;
      CREATE TABLE lanes(
        lane     INTEGER PRIMARY KEY,
        cursor   INTEGER NOT NULL DEFAULT 0,
        head     INTEGER NOT NULL DEFAULT 0,
        up       INTEGER NOT NULL DEFAULT 0,
        since    INTEGER NOT NULL DEFAULT 0,
        heard_at INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE receipts(
        number  INTEGER PRIMARY KEY AUTOINCREMENT,
        report  TEXT NOT NULL,
        stage   INTEGER NOT NULL,
        answer  INTEGER,
        note    TEXT NOT NULL,
        at      INTEGER NOT NULL,
        owed    INTEGER NOT NULL DEFAULT 1,
        refused TEXT
      ) STRICT;
      CREATE UNIQUE INDEX receipts_once ON receipts(report, stage) WHERE stage <> 3;
      CREATE INDEX receipts_owed ON receipts(number) WHERE owed;
      CREATE TABLE events(
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at     INTEGER NOT NULL,
        lane   INTEGER NOT NULL,
        event  TEXT NOT NULL
      ) STRICT;
      CREATE TABLE sinks(
        sink    TEXT NOT NULL,
        stream  INTEGER NOT NULL,
        cursor  INTEGER NOT NULL,
        trouble TEXT,
        since   INTEGER,
        PRIMARY KEY(sink, stream)
      ) STRICT, WITHOUT ROWID;
    )sql",
    // What came as one digest is one newsletter: 0 by itself, 1 part of a digest, 2 its last.
    "ALTER TABLE entries ADD COLUMN digest INTEGER NOT NULL DEFAULT 0",
    // What a reminder is about; the broker's signed word on completeness; its clock less ours, in microseconds.
    R"sql(
      ALTER TABLE events ADD COLUMN report TEXT NOT NULL DEFAULT '';
      ALTER TABLE events ADD COLUMN stage TEXT NOT NULL DEFAULT '';
      ALTER TABLE lanes ADD COLUMN statement BLOB;
      ALTER TABLE lanes ADD COLUMN clock_offset INTEGER;
    )sql",
    // What is remembered of the log: one row. Forks are kept for good; the one that nobody has accepted yet is an alarm.
    R"sql(
      CREATE TABLE log_memory(
        row            INTEGER PRIMARY KEY CHECK(row = 1),
        proven         TEXT NOT NULL,
        proven_at      INTEGER NOT NULL,
        claimed        TEXT,
        unproven_since INTEGER
      ) STRICT;
      CREATE TABLE forks(
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        at          INTEGER NOT NULL,
        breach      TEXT NOT NULL,
        known       TEXT NOT NULL,
        shown       TEXT NOT NULL,
        evidence    TEXT NOT NULL,
        accepted_at INTEGER
      ) STRICT;
      ALTER TABLE events ADD COLUMN fork INTEGER;
    )sql",
    // A fork may be about an entry that was delivered. What had come when it was accepted is of the log that was before.
    R"sql(
      ALTER TABLE forks ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE forks ADD COLUMN leaf BLOB NOT NULL DEFAULT x'';
      ALTER TABLE forks ADD COLUMN accepted_up_to INTEGER;
    )sql",
    // What arrived, beside the entries: one that has changed since, or is gone, is known by it, and by which number it came.
    R"sql(
      CREATE TABLE arrivals(
        number INTEGER PRIMARY KEY,
        lane   INTEGER NOT NULL,
        seq    INTEGER NOT NULL,
        leaf   BLOB NOT NULL,
        seal   BLOB NOT NULL,
        damage INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX arrivals_by_lane ON arrivals(lane, number);
      CREATE INDEX arrivals_by_seq ON arrivals(seq);
      CREATE INDEX arrivals_damaged ON arrivals(damage) WHERE damage <> 0;
      INSERT INTO arrivals(number, lane, seq, leaf, seal) SELECT e.number, e.lane, e.seq, e.leaf, )sql" +
        kSeal + " FROM entries e",
    // What each connection delivered last, until the log is proven to have it.
    "CREATE TABLE sought(number INTEGER PRIMARY KEY) STRICT",
};
inline constexpr std::int64_t kInboxVersion = std::tuple_size_v<decltype(kInboxMigrations)>;

}  // namespace noroshi::subscriber
