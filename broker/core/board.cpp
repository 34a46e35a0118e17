#include "broker/core/board.h"

#include <algorithm>

#include "broker/core/entitlement.h"

namespace noroshi::core {

namespace {

// When the report was recorded, by the record of before its revocation.
bool was_entitled(Member member, const Confirmations::Open& open, const Roster& roster) {
  member.revoked = false;
  return open.seq < roster.revoked_at(member.organization) && entitled(member, open.report, open.recorded_at);
}

// By the present record as of its beginning, whenever it ends: a member that is let in (again) is given what was recorded
// meanwhile.
bool is_entitled(const Member& member, const Confirmations::Open& open, Micros now) {
  return now >= member.valid_from && entitled(member, open.report, member.valid_from);
}

bool expected(const Member& member, const Confirmations::Open& open, const BoardScene& scene) {
  return member.subscribe && member.organization != open.report.organization &&
         scene.roster.enrolled_at(member.organization) < open.seq &&
         (member.revoked ? was_entitled(member, open, scene.roster) : is_entitled(member, open, scene.now));
}

// The time in which the next stage is due. nullopt: there is none.
std::optional<std::chrono::minutes> patience(const ReceiptDeadlines& deadlines,
                                             const std::optional<Confirmation>& so_far) {
  if (!so_far) return deadlines.delivered;
  if (so_far->stage == Stage::delivered) return deadlines.opened;
  if (so_far->stage == Stage::opened) return deadlines.responded;
  return std::nullopt;
}

bool asked_for(const Confirmations::Open& open, const Member& member, const Presence& presence) {
  const auto asked = presence.asked.find(member.organization);
  return asked == presence.asked.end() ||
         std::any_of(asked->second.begin(), asked->second.end(),
                     [&](const Interest* each) { return each->follows(open.lane) && each->wants(open.report); });
}

// Nobody waits for who cannot say any more that it has the report, nor of a drill for who did not ask for drills.
bool waited_for(const BoardRow& row, const Report& report, bool may_say, bool asked) {
  return !row.revoked && may_say && (asked || row.confirmed || *report.status == Status::actual);
}

Held held(const BoardRow& row, const Member& member, bool asked, const Presence& presence, Micros now) {
  const bool answered = row.confirmed && row.confirmed->stage == Stage::responded;
  if (row.revoked) return answered ? Held::no : Held::access_ended;
  if (row.confirmed) {
    const bool unopened = row.confirmed->stage == Stage::delivered;
    if (unopened && presence.sinks_fail.contains(member.organization)) return Held::sink_failing;
    if (!row.overdue) return Held::no;
    return unopened ? Held::not_opened : Held::not_answered;
  }
  if (!member.active(now)) return Held::access_ended;
  if (!asked) return Held::not_asked_for;
  if (presence.now.contains(member.organization)) return Held::not_delivered;
  return presence.ever.contains(member.organization) ? Held::link_lost : Held::never_connected;
}

BoardReport without_rows(const Confirmations::Open& open, Micros now) {
  return {open.seq, open.recorded_at, open.report, open.withdrawn, open.expired(now), {}};
}

// nullopt: nothing is expected of this member, and nothing has been heard.
std::optional<BoardRow> row_of(const Member& member, const Confirmations::Open& open, const ReceiptDeadlines* deadlines,
                               const BoardScene& scene) {
  const auto said = open.by.find(member.organization);
  const bool may_say = expected(member, open, scene);
  if (said == open.by.end() && !may_say) return std::nullopt;
  BoardRow row{member.organization, member.name, member.tier, member.sectors, std::nullopt};
  row.revoked = member.revoked;
  if (said != open.by.end()) row.confirmed = said->second;
  const auto within = deadlines ? patience(*deadlines, row.confirmed) : std::nullopt;
  const bool asked = asked_for(open, member, scene.presence);
  row.waited_for = waited_for(row, open.report, may_say, asked);
  row.overdue = row.waited_for && within && open.released_at &&
                scene.now - *open.released_at > std::chrono::duration_cast<std::chrono::microseconds>(*within).count();
  row.held = held(row, member, asked, scene.presence, scene.now);
  return row;
}

}  // namespace

const ReceiptDeadlines* deadlines_of(const Report& report, const BoardScene& scene) {
  const MatrixItem* item = scene.matrix.item(report.item);
  const MatrixCategory* category = item ? scene.matrix.category(item->category) : nullptr;
  return category ? &category->deadlines.at(scene.posture) : nullptr;
}

BoardReport board_of(const Confirmations::Open& open, const BoardScene& scene) {
  BoardReport board = without_rows(open, scene.now);
  const ReceiptDeadlines* deadlines = deadlines_of(open.report, scene);
  for (const auto& [organization, member] : scene.roster.all())
    if (auto row = row_of(member, open, deadlines, scene)) board.rows.push_back(std::move(*row));
  return board;
}

BoardReport board_for(const std::string& organization, const Confirmations::Open& open, const BoardScene& scene) {
  BoardReport board = without_rows(open, scene.now);
  const Member* member = scene.roster.by_organization(organization);
  if (auto row = member ? row_of(*member, open, deadlines_of(open.report, scene), scene) : std::nullopt)
    board.rows.push_back(std::move(*row));
  return board;
}

}  // namespace noroshi::core
