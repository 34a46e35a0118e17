// What lies in the inbox, read and held against what arrived.
#include <algorithm>
#include <charconv>
#include <utility>

#include "proto/wire/decode.h"
#include "proto/wire/signing.h"
#include "schemas/reach.h"
#include "subscriber/inbox.h"
#include "subscriber/inbox_schema.h"
#include "subscriber/planted.h"

namespace noroshi::subscriber {

namespace {

const std::string kSealed = "a.seal = " + kSeal;

// The rows of these numbers, and the places of those that are gone. Of two sequences the lower: to hear what follows it brings
// the other, too.
std::string reading_of(const std::string& numbers) {
  return "SELECT n.number, min(ifnull(a.seq, e.seq), ifnull(e.seq, a.seq)), ifnull(a.lane, e.lane), e.recorded_at, "
         "e.signature, e.opened_at, e.answer, e.note, e.salt, e.leaf, e.body, e.digest, ifnull(a.damage, 0), "
         "a.seq = e.seq AND a.lane = e.lane AND a.leaf = e.leaf AND " +
         kSealed + " FROM (" + numbers +
         ") n LEFT JOIN entries e ON e.number = n.number LEFT JOIN arrivals a ON a.number = n.number";
}

// The numbers of what the condition is true of, on either side.
std::string on_either_side(const std::string& condition) {
  return "SELECT number FROM entries WHERE " + condition + " UNION SELECT number FROM arrivals WHERE " + condition;
}

// Only what its author signed, or another whom the broker lets do so, speaks for a report.
const std::string kFollowers =
    "SELECT e.report, e.relation, e.recorded_at, e.seq, e.body, (SELECT body FROM entries WHERE report = e.relates_to) "
    "FROM entries e JOIN arrivals a ON a.number = e.number WHERE e.relates_to = ? AND e.relation IN (1, 2, 3) AND "
    "e.signature = 'valid' AND " +
    kSealed;
static_assert(static_cast<int>(Relation::update) == 1 && static_cast<int>(Relation::correction) == 2 &&
              static_cast<int>(Relation::cancel) == 3);

std::optional<Report> report_in(const std::string& body) {
  v1::SignedReport signed_report;
  if (!signed_report.ParseFromString(body)) return std::nullopt;
  const auto decoded = wire::decode_report(signed_report.report());
  const Report* report = std::get_if<Report>(&decoded);
  return report ? std::optional(*report) : std::nullopt;
}

// For others than an update reaches, the report before it stands unchanged: it does not fall with the update. So the board has it.
bool leaves_readers_behind(const std::string& update, const std::string& before) {
  const auto report = report_in(update), other = report_in(before);
  return report && other && !reaches_as_far(*report, *other);
}

bool bad(const Reading& reading) { return reading.is_damaged(); }

// The inbox has it otherwise.
bool is_news(const Reading& reading) { return reading.is_damaged() != (reading.damage != Damage::none); }

// Nothing that it says is to be believed.
void blank(Reading& reading) {
  reading.signature = kDamaged;
  reading.entry.recorded_at = {};
  reading.entry.body.clear();
  reading.digest = reading.digest_end = false;
}

void parse(Reading& reading) {
  v1::SignedReport signed_report;
  const bool whole = signed_report.ParseFromString(reading.entry.body) &&
                     reading.report.ParseFromString(signed_report.report()) && !wire::bad_time(reading.report);
  if (!whole) reading.report.Clear();
}

Reading reading_in(Query& row) {
  Reading reading;
  reading.number = row.number(0);
  reading.entry.seq = Seq{static_cast<std::uint64_t>(std::max<std::int64_t>(row.number(1), 0))};
  reading.entry.kind = EntryKind::report;
  reading.entry.lane = static_cast<Lane>(row.number(2));
  reading.entry.recorded_at = Micros{row.number(3)};
  reading.signature = row.text(4);
  if (!row.null(5)) reading.opened_at = Micros{row.number(5)};
  if (!row.null(6)) reading.answer = static_cast<Answer>(row.number(6));
  reading.note = row.text(7);
  reading.entry.salt = row.octets<Salt>(8);
  reading.entry.leaf = row.octets<Hash>(9);
  reading.entry.body = row.text(10);
  reading.digest = row.number(11) > 0;
  reading.digest_end = row.number(11) > 1;
  reading.damage = static_cast<Damage>(row.number(12));
  const bool whole = row.number(13) != 0 && row.text(8).size() == reading.entry.salt.size() &&
                     wire::leaf_of(reading.entry.salt, reading.entry.body) == reading.entry.leaf;
  if (!whole && !planted(Bug::rot_believed)) blank(reading);
  parse(reading);
  return reading;
}

}  // namespace

std::vector<Reading> Inbox::rows(Query& query) {
  std::vector<Reading> out;
  while (query.next()) out.push_back(reading_in(query));
  std::sort(out.begin(), out.end(), [](const Reading& a, const Reading& b) { return a.number < b.number; });
  return out;
}

std::vector<Reading> Inbox::read(Query& query) {
  std::vector<Reading> out = rows(query);
  note_damages(out);
  look_for_withdrawals(out);
  return out;
}

void Inbox::note_damages(const std::vector<Reading>& readings) {
  if (std::none_of(readings.begin(), readings.end(), is_news)) return;
  Transaction transaction(*database_);
  for (const Reading& each : readings) note_damage(each);
  transaction.commit();
}

void Inbox::note_damage(const Reading& reading) {
  if (!is_news(reading)) return;
  Query(*database_,
        "INSERT INTO arrivals(number, lane, seq, leaf, seal, damage) VALUES(?, ?, ?, ?, x'', ?) ON CONFLICT(number) DO "
        "UPDATE SET damage = excluded.damage")
      .with(reading.number, number_of(reading.entry.lane), number_of(reading.entry.seq), octets(reading.entry.leaf),
            number_of(reading.is_damaged() ? Damage::found : Damage::none))
      .run();
}

void Inbox::look_for_withdrawals(std::vector<Reading>& readings) {
  Query query(*database_, kFollowers.c_str());
  const auto followers_of = [&](const std::string& report) {
    std::vector<Follower> out;
    query.with(report);
    while (query.next()) {
      const auto relation = static_cast<Relation>(query.number(1));
      if (relation == Relation::update && leaves_readers_behind(query.text(4), query.text(5))) continue;
      out.push_back(
          {query.text(0), relation, {Micros{query.number(2)}, Seq{static_cast<std::uint64_t>(query.number(3))}}});
    }
    return out;
  };
  for (Reading& each : readings)
    if (!each.report.id().empty()) each.withdrawn = withdrawal_of(each.report.id(), followers_of);
}

std::vector<Reading> Inbox::readings() {
  Query query(*database_, reading_of(on_either_side("true")).c_str());
  std::vector<Reading> out = read(query);
  std::sort(out.begin(), out.end(), [](const Reading& a, const Reading& b) {
    return std::pair(a.entry.lane, b.number) < std::pair(b.entry.lane, a.number);
  });
  return out;
}

std::vector<Reading> Inbox::readings_after(Lane lane, std::int64_t number, std::size_t most) {
  Query query(*database_,
              reading_of(on_either_side("lane = ?1 AND number > ?2") + " ORDER BY number LIMIT ?3").c_str());
  while (true) {
    std::vector<Reading> out = read(query.with(number_of(lane), number, static_cast<std::int64_t>(most)));
    if (out.empty()) return out;
    number = out.back().number;
    const auto lost = [](const Reading& each) { return each.is_damaged() && each.damage == Damage::lost; };
    out.erase(std::remove_if(out.begin(), out.end(), lost), out.end());
    if (out.empty()) continue;
    out.erase(std::find_if(out.begin(), out.end(), bad), out.end());
    return out;
  }
}

std::optional<Reading> Inbox::look_up(const std::string& which) {
  if (which.empty()) return std::nullopt;
  std::int64_t seq = 0;
  const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), seq);
  if (error != std::errc{} || end != which.data() + which.size()) seq = -1;
  Query query(*database_, reading_of("SELECT number FROM entries WHERE report = ?1 OR seq = ?2 UNION SELECT number "
                                     "FROM arrivals WHERE seq = ?2 ORDER BY number DESC LIMIT 1")
                              .c_str());
  std::vector<Reading> found = read(query.with(which, seq));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Reading> Inbox::find(const std::string& which) {
  auto found = look_up(which);
  if (found && found->is_damaged()) return std::nullopt;
  return found;
}

bool Inbox::is_damaged(const std::string& which) {
  const auto found = look_up(which);
  return found && found->is_damaged();
}

std::vector<Reading> Inbox::relating_to(const std::string& report) {
  Query query(*database_, reading_of("SELECT number FROM entries WHERE relates_to = ?").c_str());
  std::vector<Reading> out = read(query.with(report));
  out.erase(std::remove_if(out.begin(), out.end(), bad), out.end());
  return out;
}

std::vector<Reading> Inbox::same_as(const Entry& entry) {
  Query query(*database_, reading_of(on_either_side("seq = ?1 AND leaf = ?2")).c_str());
  std::vector<Reading> out = rows(query.with(number_of(entry.seq), octets(entry.leaf)));
  std::stable_partition(out.begin(), out.end(), [](const Reading& each) { return !each.is_damaged(); });
  return out;
}

std::optional<std::int64_t> Inbox::inspect(std::int64_t number, std::size_t most) {
  Query query(*database_, reading_of(on_either_side("number > ?1") + " ORDER BY number LIMIT ?2").c_str());
  const std::vector<Reading> seen = rows(query.with(number, static_cast<std::int64_t>(most)));
  if (seen.empty()) return std::nullopt;
  note_damages(seen);
  return seen.back().number;
}

void Inbox::look_for_gone() {
  Query query(*database_, reading_of("SELECT number FROM arrivals a WHERE damage = 0 AND NOT EXISTS (SELECT 1 FROM "
                                     "entries e WHERE e.number = a.number)")
                              .c_str());
  note_damages(rows(query));
}

std::vector<Inbox::Damaged> Inbox::damaged(Damage damage) {
  Query query(
      *database_,
      "SELECT a.lane, min(a.seq, ifnull(e.seq, a.seq)) AS lower FROM arrivals a LEFT JOIN entries e ON e.number "
      "= a.number WHERE a.damage = ? AND a.damage <> 0 ORDER BY lower");
  query.with(number_of(damage));
  std::vector<Damaged> out;
  while (query.next())
    out.push_back({static_cast<Lane>(query.number(0)),
                   Seq{static_cast<std::uint64_t>(std::max<std::int64_t>(query.number(1), 0))}});
  return out;
}

std::vector<Inbox::Damaged> Inbox::look_over() {
  constexpr std::size_t kTogether = 16;  // a row may have a body of limits::kReportBytes
  for (std::optional<std::int64_t> at = 0; at;) at = inspect(*at, kTogether);
  look_for_gone();
  std::vector<Damaged> out;
  for (const Damage damage : {Damage::found, Damage::asked, Damage::lost})
    for (const Damaged& each : damaged(damage)) out.push_back(each);
  return out;
}

void Inbox::now_damaged(Damage from, Damage to) {
  Query(*database_, "UPDATE arrivals SET damage = ? WHERE damage = ? AND damage <> 0")
      .with(number_of(to), number_of(from))
      .run();
}

}  // namespace noroshi::subscriber
