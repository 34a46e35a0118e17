#include "broker/core/board.h"

#include "broker/core/entitlement.h"

namespace noroshi::core {

namespace {

bool expected(const Member& member, const Confirmations::Open& open, const Roster& roster) {
  return member.subscribe && member.organization != open.report.organization &&
         roster.enrolled_at(member.organization) < open.seq && entitled(member, open.report, open.recorded_at);
}

// The time in which the next stage is due. nullopt: there is none.
std::optional<std::chrono::minutes> patience(const ReceiptDeadlines& deadlines,
                                             const std::optional<Confirmation>& so_far) {
  if (!so_far) return deadlines.delivered;
  if (so_far->stage == Stage::delivered) return deadlines.opened;
  if (so_far->stage == Stage::opened) return deadlines.responded;
  return std::nullopt;
}

Held held(const BoardRow& row, const Member& member, const Presence& presence, Micros now) {
  if (row.confirmed) {
    if (!row.overdue) return Held::no;
    return row.confirmed->stage == Stage::delivered ? Held::not_opened : Held::not_answered;
  }
  if (!member.active(now)) return Held::access_ended;
  if (presence.now.contains(member.organization)) return Held::not_delivered;
  return presence.ever.contains(member.organization) ? Held::link_lost : Held::never_connected;
}

}  // namespace

BoardReport board_of(const Confirmations::Open& open, const Roster& roster, const Presence& presence,
                     const Matrix& matrix, Posture posture, Micros now) {
  BoardReport board{open.seq, open.recorded_at, open.report, {}};
  const MatrixItem* item = matrix.item(open.report.item);
  const MatrixCategory* category = item ? matrix.category(item->category) : nullptr;
  for (const auto& [organization, member] : roster.all()) {
    const auto said = open.by.find(organization);
    if (said == open.by.end() && !expected(member, open, roster)) continue;
    BoardRow row{organization, member.name, member.tier, member.sectors, std::nullopt, Held::no, false};
    if (said != open.by.end()) row.confirmed = said->second;
    const auto within = category ? patience(category->deadlines.at(posture), row.confirmed) : std::nullopt;
    row.overdue =
        within && now - open.recorded_at > std::chrono::duration_cast<std::chrono::microseconds>(*within).count();
    row.held = held(row, member, presence, now);
    board.rows.push_back(std::move(row));
  }
  return board;
}

}  // namespace noroshi::core
