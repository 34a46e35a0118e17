#include "subscriber/inbox.h"

#include <algorithm>
#include <charconv>

#include "proto/types/topic.h"
#include "proto/wire/decode.h"
#include "subscriber/planted.h"

namespace noroshi::subscriber {

namespace {

std::int64_t number_of(Lane lane) { return static_cast<std::int64_t>(lane); }
std::int64_t number_of(Seq seq) { return static_cast<std::int64_t>(seq.value); }

constexpr const char* kColumns =
    "SELECT number, seq, lane, recorded_at, signature, opened_at, answer, note, salt, leaf, body, digest FROM entries ";

// Only what its author signed, or another whom the broker lets do so, speaks for a report.
constexpr const char* kFollowers =
    "SELECT report, relation, recorded_at, seq FROM entries WHERE relates_to = ? AND relation IN (1, 2, 3) AND "
    "signature = 'valid'";
static_assert(static_cast<int>(Relation::update) == 1 && static_cast<int>(Relation::correction) == 2 &&
              static_cast<int>(Relation::cancel) == 3);

}  // namespace

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
  const v1::Report& report = delivery.report;
  const Status status = wire::from_wire(report.status()).value_or(Status::actual);
  Query insert(
      *database_,
      "INSERT INTO entries(seq, lane, recorded_at, topic, report, signature, relates_to, relation, salt, leaf, "
      "body, digest) VALUES(?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, 0), ?, ?, ?, ?) ON CONFLICT(seq, leaf) DO "
      "NOTHING");
  insert
      .with(number_of(delivery.entry.seq), number_of(lane), delivery.entry.recorded_at.value,
            topic_of(status, report.item(), report.source()), report.id(), name_of(delivery.signature),
            report.relates_to().report_id(), static_cast<std::int64_t>(report.relates_to().relation()),
            octets(delivery.entry.salt), octets(delivery.entry.leaf), Octets{delivery.entry.body},
            std::int64_t{delivery.digest} + std::int64_t{delivery.digest_end})
      .run();
  return database_->changes() > 0;
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

std::vector<Reading> Inbox::read(Query& query) {
  std::vector<Reading> out;
  while (query.next()) {
    Reading& reading = out.emplace_back();
    reading.number = query.number(0);
    reading.entry.seq = Seq{static_cast<std::uint64_t>(query.number(1))};
    reading.entry.kind = EntryKind::report;
    reading.entry.lane = static_cast<Lane>(query.number(2));
    reading.entry.recorded_at = Micros{query.number(3)};
    reading.signature = query.text(4);
    if (!query.null(5)) reading.opened_at = Micros{query.number(5)};
    if (!query.null(6)) reading.answer = static_cast<Answer>(query.number(6));
    reading.note = query.text(7);
    reading.entry.salt = query.octets<Salt>(8);
    reading.entry.leaf = query.octets<Hash>(9);
    reading.entry.body = query.text(10);
    reading.digest = query.number(11) > 0;
    reading.digest_end = query.number(11) > 1;
    v1::SignedReport signed_report;
    const bool whole = signed_report.ParseFromString(reading.entry.body) &&
                       reading.report.ParseFromString(signed_report.report()) && !wire::bad_time(reading.report);
    if (!whole) reading.report.Clear();
  }
  look_for_withdrawals(out);
  return out;
}

void Inbox::look_for_withdrawals(std::vector<Reading>& readings) {
  Query query(*database_, kFollowers);
  const auto followers_of = [&](const std::string& report) {
    std::vector<Follower> out;
    query.with(report);
    while (query.next())
      out.push_back({query.text(0),
                     static_cast<Relation>(query.number(1)),
                     {Micros{query.number(2)}, Seq{static_cast<std::uint64_t>(query.number(3))}}});
    return out;
  };
  for (Reading& each : readings)
    if (!each.report.id().empty()) each.withdrawn = withdrawal_of(each.report.id(), followers_of);
}

std::vector<Reading> Inbox::readings() {
  Query query(*database_, (std::string(kColumns) + "ORDER BY lane, number DESC").c_str());
  return read(query);
}

std::vector<Reading> Inbox::readings_after(Lane lane, std::int64_t number, std::size_t most) {
  Query query(*database_, (std::string(kColumns) + "WHERE lane = ? AND number > ? ORDER BY number LIMIT ?").c_str());
  return read(query.with(number_of(lane), number, static_cast<std::int64_t>(most)));
}

std::optional<Reading> Inbox::find(const std::string& which) {
  std::int64_t seq = 0;
  const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), seq);
  if (error != std::errc{} || end != which.data() + which.size()) seq = -1;
  Query query(*database_, (std::string(kColumns) + "WHERE report = ? OR seq = ? ORDER BY number DESC LIMIT 1").c_str());
  std::vector<Reading> found = read(query.with(which, seq));
  if (found.empty() || which.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Reading> Inbox::relating_to(const std::string& report) {
  Query query(*database_, (std::string(kColumns) + "WHERE relates_to = ? ORDER BY number").c_str());
  return read(query.with(report));
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
