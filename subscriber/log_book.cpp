#include "subscriber/log_book.h"

#include <boost/json/serialize.hpp>

#include <cstring>

#include "proto/tlog/entry_leaf.h"
#include "proto/wire/files.h"
#include "subscriber/inbox_schema.h"

namespace noroshi::subscriber {

namespace {

std::optional<std::int64_t> number(const std::optional<Micros>& time) {
  return time ? std::optional(time->value) : std::nullopt;
}

}  // namespace

Fork fork_in(Query& row, int column) {
  Fork out{value_in(kBreaches, row.text(column)).value_or(Breach::rewritten),
           row.text(column + 2),
           row.text(column + 3),
           Micros{row.number(column + 1)},
           row.text(column + 4),
           {}};
  if (row.number(column + 5) != 0)
    out.entry = {Seq{static_cast<std::uint64_t>(row.number(column + 5))}, row.octets<Hash>(column + 6)};
  return out;
}

std::optional<LogBook::Page> LogBook::page() {
  Query row(*database_, "SELECT proven, proven_at, claimed, unproven_since FROM log_memory");
  if (!row.next()) return std::nullopt;
  Page out{row.text(0), Micros{row.number(1)}, std::nullopt, std::nullopt};
  if (!row.null(2)) out.claimed = row.text(2);
  if (!row.null(3)) out.unproven_since = Micros{row.number(3)};
  return out;
}

void LogBook::proven(const std::string& note, Micros now) {
  Query(*database_,
        "INSERT INTO log_memory(row, proven, proven_at) VALUES(1, ?, ?) ON CONFLICT(row) DO UPDATE SET proven = "
        "excluded.proven, proven_at = excluded.proven_at")
      .with(note, now.value)
      .run();
}

void LogBook::claimed(const std::optional<std::string>& note, std::optional<Micros> unproven_since) {
  Query(*database_,
        "UPDATE log_memory SET claimed = nullif(?1, ''), unproven_since = ?2 WHERE ifnull(claimed, '') <> ?1 OR "
        "unproven_since IS NOT ?2")
      .with(note.value_or(""), number(unproven_since))
      .run();
}

// Whole rows only: what rotted here is no alarm about the log.
std::vector<LogBook::Kept> LogBook::kept(const std::string& condition) {
  Query row(*database_, ("SELECT e.number, e.seq, e.recorded_at, e.leaf FROM entries e JOIN arrivals a ON a.number = "
                         "e.number WHERE a.seal = " +
                         kSeal + " AND " + condition)
                            .c_str());
  std::vector<Kept> out;
  while (row.next()) {
    Entry entry;
    entry.seq = Seq{static_cast<std::uint64_t>(row.number(1))};
    entry.recorded_at = Micros{row.number(2)};
    entry.kind = EntryKind::report;
    entry.leaf = row.octets<Hash>(3);
    out.push_back({row.number(0), {entry.seq, tlog::leaf_hash(entry)}});
  }
  return out;
}

std::optional<TreeEntry> LogBook::last_delivered() {
  const auto last =
      kept("e.number > (SELECT ifnull(max(accepted_up_to), 0) FROM forks) ORDER BY e.seq DESC, e.number DESC LIMIT 1");
  return last.empty() ? std::nullopt : std::optional(last.front().entry);
}

std::vector<TreeEntry> LogBook::sought() {
  std::vector<TreeEntry> out;
  for (const Kept& each : kept("e.number IN (SELECT number FROM sought) ORDER BY e.number")) out.push_back(each.entry);
  return out;
}

void LogBook::seek(const std::vector<TreeEntry>& entries) {
  Transaction transaction(*database_);
  database_->run("DELETE FROM sought");
  Query insert(*database_, "INSERT OR IGNORE INTO sought(number) VALUES(?)");
  for (const TreeEntry& entry : entries)
    for (const Kept& each : kept("e.seq = " + std::to_string(entry.seq.value)))
      if (each.entry == entry) insert.with(each.number).run();
  transaction.commit();
}

Fork LogBook::alarm(Fork fork, Lane lane) {
  fork.evidence = write_evidence(fork);
  const TreeEntry entry = fork.entry.value_or(TreeEntry{});
  Transaction transaction(*database_);
  Query insert(*database_,
               "INSERT INTO forks(at, breach, known, shown, evidence, seq, leaf) VALUES(?, ?, ?, ?, ?, ?, ?)");
  insert
      .with(fork.at.value, name_of(fork.breach), fork.known, fork.shown, fork.evidence, number_of(entry.seq),
            fork.entry ? octets(entry.leaf) : Octets{})
      .run();
  Query(*database_, "INSERT INTO events(at, lane, event, fork) VALUES(?, ?, 'log_forked', ?)")
      .with(fork.at.value, static_cast<std::int64_t>(lane), database_->last_row())
      .run();
  transaction.commit();
  return fork;
}

std::string LogBook::write_evidence(const Fork& fork) const {
  const std::filesystem::path file = folder_ / ("log-forked-" + std::to_string(fork.at.value) + ".json");
  if (const int failed = wire::put_file(file, boost::json::serialize(fork_json(fork)) + "\n"))
    throw cli::Failure(cli::kFailed, file.string() +
                                         say({": 証拠を書き込めません: ", ": the evidence cannot be written: "}) +
                                         std::strerror(failed));
  return file.string();
}

std::optional<Fork> LogBook::open_fork() {
  Query row(*database_,
            "SELECT breach, at, known, shown, evidence, seq, leaf FROM forks WHERE accepted_at IS NULL ORDER BY number "
            "LIMIT 1");
  if (!row.next()) return std::nullopt;
  return fork_in(row, 0);
}

std::optional<Fork> LogBook::accept(Micros now) {
  Transaction transaction(*database_);
  auto fork = open_fork();
  if (!fork) return std::nullopt;
  Query(*database_,
        "UPDATE forks SET accepted_at = ?, accepted_up_to = (SELECT ifnull(max(number), 0) FROM entries) WHERE "
        "accepted_at IS NULL")
      .with(now.value)
      .run();
  proven(fork->shown, now);
  claimed(std::nullopt, std::nullopt);
  database_->run("DELETE FROM sought");
  transaction.commit();
  return fork;
}

}  // namespace noroshi::subscriber
