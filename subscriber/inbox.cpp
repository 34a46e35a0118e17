#include "subscriber/inbox.h"

#include <utility>

#include "proto/types/topic.h"
#include "proto/wire/decode.h"
#include "subscriber/inbox_schema.h"
#include "subscriber/planted.h"

namespace noroshi::subscriber {

std::optional<Seq> Inbox::cursor(Lane lane) {
  Query query(*database_, "SELECT cursor FROM lanes WHERE lane = ?");
  if (!query.with(number_of(lane)).next()) return std::nullopt;
  return Seq{static_cast<std::uint64_t>(query.number(0))};
}

std::vector<const Delivery*> Inbox::store(Lane lane, const std::vector<Delivery>& batch, Micros now) {
  std::vector<const Delivery*> added;
  if (batch.empty()) return added;
  if (planted(Bug::cursor_before_entries)) save_cursor(lane, batch.back().entry.seq);
  Transaction transaction(*database_);
  for (const Delivery& delivery : batch) {
    if (!add(lane, delivery)) continue;
    added.push_back(&delivery);
    // Whose word it is was not proven otherwise: then nobody shall think that we have it.
    if (delivery.signature == client::Check::valid) owe(delivery.report.id(), Stage::delivered, {}, {}, now);
  }
  save_cursor(lane, batch.back().entry.seq);
  if (planted(Bug::acknowledge_before_commit)) return added;
  transaction.commit();
  return added;
}

bool Inbox::add(Lane lane, const Delivery& delivery) {
  const std::vector<Reading> same = same_as(delivery.entry);
  if (same.empty()) {
    put(std::nullopt, lane, delivery);
    return true;
  }
  // A number that rotted has left two places of one entry.
  for (std::size_t i = 1; i < same.size(); ++i) forget(same[i].number);
  const Reading& former = same.front();
  if (!former.is_damaged()) {
    note_damage(former);
    return false;
  }
  // Behind what is lost the sinks have gone on: for them it arrives now.
  const bool lost = former.damage == Damage::lost;
  forget(former.number);
  const std::int64_t number = put(lost ? std::nullopt : std::optional(former.number), lane, delivery);
  take_over(number, delivery.report.id(), former);
  return lost;
}

// Returns its number.
std::int64_t Inbox::put(std::optional<std::int64_t> number, Lane lane, const Delivery& delivery) {
  const v1::Report& report = delivery.report;
  const Status status = wire::from_wire(report.status()).value_or(Status::actual);
  Query(*database_,
        "INSERT OR REPLACE INTO entries(number, seq, lane, recorded_at, topic, report, signature, relates_to, "
        "relation, salt, leaf, body, digest) VALUES(?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, 0), ?, ?, ?, ?)")
      .with(number, number_of(delivery.entry.seq), number_of(lane), delivery.entry.recorded_at.value,
            topic_of(status, report.item(), report.source()), report.id(), name_of(delivery.signature),
            report.relates_to().report_id(), static_cast<std::int64_t>(report.relates_to().relation()),
            octets(delivery.entry.salt), octets(delivery.entry.leaf), Octets{delivery.entry.body},
            std::int64_t{delivery.digest} + std::int64_t{delivery.digest_end})
      .run();
  const std::int64_t row = database_->last_row();
  static const std::string arrive =
      "INSERT OR REPLACE INTO arrivals(number, lane, seq, leaf, seal) SELECT e.number, e.lane, e.seq, e.leaf, " +
      kSeal + " FROM entries e WHERE e.number = ?";
  Query(*database_, arrive.c_str()).with(row).run();
  return row;
}

// What people did with it: as its row had it, or if that is gone as was said to the broker.
void Inbox::take_over(std::int64_t number, const std::string& report, const Reading& former) {
  std::optional<std::int64_t> opened, answer;
  if (former.opened_at) opened = former.opened_at->value;
  if (former.answer) answer = static_cast<std::int64_t>(*former.answer);
  Query(
      *database_,
      "UPDATE entries SET (opened_at, answer, note) = (SELECT coalesce(?2, min(r.at)), coalesce(?3, max(l.answer)), "
      "coalesce(nullif(?4, ''), max(l.note)) FROM (SELECT ?5 AS report) this LEFT JOIN receipts r ON r.report = "
      "this.report AND r.stage > ?6 LEFT JOIN receipts l ON l.number = (SELECT max(number) FROM receipts WHERE report "
      "= this.report AND stage = ?7)) WHERE number = ?1")
      .with(number, opened, answer, former.note, report, static_cast<std::int64_t>(Stage::delivered),
            static_cast<std::int64_t>(Stage::responded))
      .run();
}

void Inbox::forget(std::int64_t number) {
  for (const char* sql : {"DELETE FROM entries WHERE number = ?", "DELETE FROM arrivals WHERE number = ?"})
    Query(*database_, sql).with(number).run();
}

// A stage is said once; of answers, each. What was said already is owed again if the report came again.
void Inbox::owe(const std::string& report, Stage stage, std::optional<Answer> answer, const std::string& note,
                Micros now) {
  std::optional<std::int64_t> given;
  if (answer) given = static_cast<std::int64_t>(*answer);
  Query(*database_,
        "INSERT INTO receipts(report, stage, answer, note, at) VALUES(?, ?, ?, ?, ?) "
        "ON CONFLICT(report, stage) WHERE stage <> 3 DO UPDATE SET owed = 1, refused = NULL")
      .with(report, static_cast<std::int64_t>(stage), given, note, now.value)
      .run();
}

void Inbox::save_cursor(Lane lane, Seq seq) {
  Query(*database_,
        "INSERT INTO lanes(lane, cursor) VALUES(?, ?) ON CONFLICT(lane) DO UPDATE SET cursor = max(cursor, "
        "excluded.cursor)")
      .with(number_of(lane), number_of(seq))
      .run();
}

void Inbox::reached(Lane lane, Seq seq) { save_cursor(lane, seq); }

void Inbox::step_back(Lane lane, Seq seq) {
  Query(*database_, "UPDATE lanes SET cursor = min(cursor, ?) WHERE lane = ?")
      .with(number_of(seq), number_of(lane))
      .run();
}

void Inbox::opened(const Reading& reading, Micros now) {
  Transaction transaction(*database_);
  Query(*database_, "UPDATE entries SET opened_at = ? WHERE number = ? AND opened_at IS NULL")
      .with(now.value, reading.number)
      .run();
  if (database_->changes() > 0 && reading.signature == name_of(client::Check::valid))
    owe(reading.report.id(), Stage::opened, {}, {}, now);
  transaction.commit();
}

void Inbox::answered(const Reading& reading, Answer answer, const std::string& note, Micros now) {
  Transaction transaction(*database_);
  Query(*database_, "UPDATE entries SET opened_at = coalesce(opened_at, ?), answer = ?, note = ? WHERE number = ?")
      .with(now.value, static_cast<std::int64_t>(answer), note, reading.number)
      .run();
  owe(reading.report.id(), Stage::responded, answer, note, now);
  transaction.commit();
}

std::vector<Owed> Inbox::owed(std::size_t most) {
  Query query(*database_,
              "SELECT number, report, stage, answer, note, at FROM receipts WHERE owed ORDER BY number LIMIT ?");
  query.with(static_cast<std::int64_t>(most));
  std::vector<Owed> out;
  while (query.next()) {
    Owed& owed = out.emplace_back();
    owed.number = query.number(0);
    owed.report = query.text(1);
    owed.stage = static_cast<Stage>(query.number(2));
    if (!query.null(3)) owed.answer = static_cast<Answer>(query.number(3));
    owed.note = query.text(4);
    owed.at = Micros{query.number(5)};
  }
  return out;
}

void Inbox::settle(const std::vector<std::int64_t>& receipts, const std::optional<std::string>& why) {
  Transaction transaction(*database_);
  Query update(*database_, "UPDATE receipts SET owed = 0, refused = nullif(?, '') WHERE number = ?");
  for (const std::int64_t number : receipts) update.with(why.value_or(""), number).run();
  transaction.commit();
}

bool Inbox::changed_elsewhere() {
  const std::int64_t before = std::exchange(version_, database_->number("PRAGMA data_version"));
  return before != version_;
}

}  // namespace noroshi::subscriber
