#include "subscriber/log_book.h"

#include <boost/json/serialize.hpp>

#include <cstring>

#include "proto/wire/files.h"

namespace noroshi::subscriber {

namespace {

std::optional<std::int64_t> number(const std::optional<Micros>& time) {
  return time ? std::optional(time->value) : std::nullopt;
}

}  // namespace

Fork fork_in(Query& row, int column) {
  return {value_in(kBreaches, row.text(column)).value_or(Breach::rewritten), row.text(column + 2), row.text(column + 3),
          Micros{row.number(column + 1)}, row.text(column + 4)};
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

Fork LogBook::alarm(Fork fork, Lane lane) {
  fork.evidence = write_evidence(fork);
  Transaction transaction(*database_);
  Query(*database_, "INSERT INTO forks(at, breach, known, shown, evidence) VALUES(?, ?, ?, ?, ?)")
      .with(fork.at.value, name_of(fork.breach), fork.known, fork.shown, fork.evidence)
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
            "SELECT breach, at, known, shown, evidence FROM forks WHERE accepted_at IS NULL ORDER BY number LIMIT 1");
  if (!row.next()) return std::nullopt;
  return fork_in(row, 0);
}

std::optional<Fork> LogBook::accept(Micros now) {
  Transaction transaction(*database_);
  auto fork = open_fork();
  if (!fork) return std::nullopt;
  Query(*database_, "UPDATE forks SET accepted_at = ? WHERE accepted_at IS NULL").with(now.value).run();
  proven(fork->shown, now);
  claimed(std::nullopt, std::nullopt);
  transaction.commit();
  return fork;
}

}  // namespace noroshi::subscriber
