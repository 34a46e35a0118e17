#include "subscriber/lane_state.h"

namespace noroshi::subscriber {

namespace {
Seq seq(std::int64_t number) { return Seq{static_cast<std::uint64_t>(number)}; }
}  // namespace

void LaneStates::enter(Lane lane) {
  Query(*database_, "INSERT OR IGNORE INTO lanes(lane) VALUES(?)").with(number_of(lane)).run();
}

void LaneStates::link(Lane lane, bool up, Micros now) {
  enter(lane);
  Query(*database_, "UPDATE lanes SET up = ?, since = ? WHERE lane = ? AND (up <> ? OR since = 0)")
      .with(std::int64_t{up}, now.value, number_of(lane), std::int64_t{up})
      .run();
}

bool LaneStates::tell(Lane lane, bool up, Micros now) {
  Query(*database_,
        "INSERT INTO events(at, lane, event) SELECT ?1, ?2, ?3 WHERE ?3 <> "
        "ifnull((SELECT event FROM events WHERE lane = ?2 AND event IN ('link_lost', 'link_back') ORDER BY number DESC "
        "LIMIT 1), 'link_back')")
      .with(now.value, number_of(lane), std::string_view(up ? "link_back" : "link_lost"))
      .run();
  return database_->changes() > 0;
}

bool LaneStates::remind(Lane lane, const v1::Reminder& reminder, Micros now) {
  Query(*database_,
        "INSERT INTO events(at, lane, event, report, stage) SELECT ?1, ?2, 'overdue', ?3, ?4 "
        "WHERE NOT EXISTS (SELECT 1 FROM events WHERE report = ?3 AND stage = ?4)")
      .with(now.value, number_of(lane), reminder.report_id(), v1::Receipt::Stage_Name(reminder.stage()))
      .run();
  return database_->changes() > 0;
}

void LaneStates::heard(Lane lane, Seq cursor, Seq head, std::optional<std::int64_t> clock_offset, Micros now) {
  Query(*database_,
        "UPDATE lanes SET cursor = max(cursor, ?), head = ?, heard_at = ?, clock_offset = coalesce(?, clock_offset) "
        "WHERE lane = ?")
      .with(number_of(cursor), number_of(head), now.value, clock_offset, number_of(lane))
      .run();
}

void LaneStates::promised(Lane lane, const v1::SignedCompleteness& word) {
  Query(*database_, "UPDATE lanes SET statement = ? WHERE lane = ?")
      .with(Octets{word.statement()}, number_of(lane))
      .run();
}

std::vector<LaneState> LaneStates::all(const std::vector<Lane>& lanes) {
  std::vector<LaneState> out;
  for (const Lane lane : lanes) {
    LaneState& state = out.emplace_back();
    state.lane = lane;
    Query query(
        *database_,
        "SELECT cursor, head, up, since, heard_at, (SELECT count(*) FROM entries WHERE entries.lane = lanes.lane), "
        "statement, clock_offset "
        "FROM lanes WHERE lane = ?");
    if (!query.with(number_of(lane)).next()) continue;
    state.cursor = seq(query.number(0));
    state.head = seq(query.number(1));
    state.up = query.number(2) != 0;
    state.since = Micros{query.number(3)};
    state.heard_at = Micros{query.number(4)};
    state.reports = query.number(5);
    if (v1::Completeness word; !query.null(6) && word.ParseFromString(query.text(6))) state.promised = std::move(word);
    if (!query.null(7)) state.clock_offset = query.number(7);
  }
  return out;
}

}  // namespace noroshi::subscriber
