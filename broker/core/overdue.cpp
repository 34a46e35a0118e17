// Deadlines of confirmations that have passed: an entry in the log says who is behind, they are told again, and whoever is to
// be called for them is named.
#include <algorithm>

#include "broker/core/broker.h"
#include "broker/core/entitlement.h"

namespace noroshi::core {

namespace {

constexpr std::int64_t kLookEvery = kMicrosPerSecond;
// At a look, each over all members: an urgent report may be waiting. What is left comes a tenth of a second later.
constexpr int kBoardsPerLook = 5;
constexpr std::int64_t kGoOnAfter = kMicrosPerSecond / 10;
// A broker that was away for longer than this wakes nobody for what was due meanwhile: the board shows it.
constexpr std::int64_t kOldNews = 24 * 3600 * kMicrosPerSecond;

std::int64_t within(const ReceiptDeadlines& deadlines, Stage stage) {
  const std::chrono::microseconds limit = stage == Stage::delivered ? deadlines.delivered
                                          : stage == Stage::opened  ? deadlines.opened
                                                                    : deadlines.responded;
  return limit.count();
}

// With each deadline that passes the next one's turn; the last one's from then on.
std::string contact_for(const Member& member, Stage overdue) {
  if (member.contacts.empty()) return {};
  return member.contacts[std::min(static_cast<std::size_t>(overdue), member.contacts.size()) - 1];
}

bool behind(const BoardRow& row, Stage stage) { return !row.confirmed || row.confirmed->stage < stage; }

}  // namespace

void Broker::look_for_overdue() {
  const bool just_looked = overdue_looked_at_ <= now_ && now_ - overdue_looked_at_ < kLookEvery;
  if (shutting_down_ || just_looked) return;
  overdue_looked_at_ = now_;
  int boards = 0;
  const BoardScene all = scene(now_);
  for (const Confirmations::Open* open : confirmations_.newest(limits::kOpenConfirmations)) {
    const ReceiptDeadlines* deadlines = deadlines_of(open->report, all);
    if (!deadlines) continue;
    for (const Stage stage : {Stage::delivered, Stage::opened, Stage::responded}) {
      const std::int64_t late = now_ - open->recorded_at - within(*deadlines, stage);
      if (late <= 0 || open->judged.contains(stage)) continue;
      const bool expired = open->report.expires_at && *open->report.expires_at <= now_;
      const bool of_interest = late < kOldNews && !expired && !open->withdrawn;
      if (of_interest && ++boards > kBoardsPerLook) {
        overdue_looked_at_ = Micros{now_.value - kLookEvery + kGoOnAfter};
        return;
      }
      confirmations_.judge(open->seq, stage);
      if (of_interest) note_overdue(*open, stage, all);
    }
  }
}

void Broker::note_overdue(const Confirmations::Open& open, Stage stage, const BoardScene& scene) {
  Overdue overdue{open.report.id, open.seq, stage, {}};
  for (const BoardRow& row : board_of(open, scene).rows)
    if (behind(row, stage)) overdue.organizations.push_back(row.organization);
  if (overdue.organizations.empty()) return;
  Append entry;
  entry.kind = EntryKind::overdue;
  entry.lane = Lane::urgent;
  entry.content = std::move(overdue);
  sequencer_.admit(std::move(entry));
}

void Broker::remind(const Overdue& overdue) {
  const Confirmations::Open* open = confirmations_.find(overdue.report);
  if (!open) return;
  Call call{overdue.report, overdue.seq, open->report.item, open->report.tlp, *open->report.status, overdue.stage, {}};
  for (const std::string& organization : overdue.organizations) {
    const Member* member = roster_.by_organization(organization);
    if (!member) continue;
    call.organizations.push_back({organization, member->name, contact_for(*member, overdue.stage)});
    if (!entitled(*member, open->report, now_)) continue;
    for (const auto& [id, session] : sessions_)
      if (session.organization == organization && session.subscribes && active_member(session.peer.key) &&
          (session.peer.door == Door::urgent) == (open->lane == Lane::urgent))
        out_.send.push_back({id, Reminder{overdue.report, overdue.seq, overdue.stage}});
  }
  ++stats_.overdue;
  out_.events.push_back({Event::Kind::overdue, "",
                         overdue.report.value + ": " + std::string(name_of(overdue.stage)) + ", " +
                             std::to_string(overdue.organizations.size()) + " behind"});
  out_.calls.push_back(std::move(call));
}

}  // namespace noroshi::core
