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
// Nobody is waked for what is older than this, because the broker was away or the member: the board shows it.
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

bool behind(const BoardRow& row, Stage stage) {
  return row.waited_for && (!row.confirmed || row.confirmed->stage < stage);
}

}  // namespace

void Broker::look_for_overdue() {
  const bool just_looked = overdue_looked_at_ <= now_ && now_ - overdue_looked_at_ < kLookEvery;
  if (shutting_down_ || just_looked) return;
  overdue_looked_at_ = now_;
  int boards = 0;
  const BoardScene all = scene(now_);
  const auto open_ones = confirmations_.newest(limits::kOpenConfirmations);
  // The newest first: when the posture rises, the deadlines of hundreds pass at once.
  for (auto it = open_ones.rbegin(); it != open_ones.rend(); ++it) {
    const Confirmations::Open* open = *it;
    const ReceiptDeadlines* deadlines = deadlines_of(open->report, all);
    if (!deadlines || !open->released_at) continue;
    for (const Stage stage : {Stage::delivered, Stage::opened, Stage::responded}) {
      const std::int64_t late = now_ - *open->released_at - within(*deadlines, stage);
      if (late <= 0 || open->judged.contains(stage)) continue;
      const bool of_interest = late < kOldNews && open->waited_for(now_);
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

std::optional<Call> Broker::call_of(const Record& record, Micros now) const {
  const Overdue& overdue = std::get<Overdue>(record.content);
  const Confirmations::Open* open = confirmations_.find(overdue.report);
  if (!open || !open->waited_for(now) || now - record.entry.recorded_at >= kOldNews) return std::nullopt;
  Call call{record.entry.seq, overdue.report,       overdue.seq,   open->report.item,
            open->report.tlp, *open->report.status, overdue.stage, {}};
  for (const std::string& organization : overdue.organizations)
    if (const Member* member = roster_.by_organization(organization); member && member->active(now))
      call.organizations.push_back({organization, member->name, contact_for(*member, overdue.stage)});
  if (call.organizations.empty()) return std::nullopt;
  return call;
}

void Broker::tell_of_overdue(const Record& record) {
  const Overdue& overdue = std::get<Overdue>(record.content);
  ++stats_.overdue;
  out_.events.push_back({Event::Kind::overdue, "",
                         overdue.report.value + ": " + std::string(name_of(overdue.stage)) + ", " +
                             std::to_string(overdue.organizations.size()) + " behind"});
  if (const Confirmations::Open* open = confirmations_.find(overdue.report))
    for (const auto& [id, session] : sessions_)
      if (const Noted* noted = open->overdue(session.organization); noted && noted->stage == overdue.stage)
        remind(session, *open, *noted);
  if (auto call = call_of(record, now_)) out_.calls.push_back(std::move(*call));
}

void Broker::remind_of_all(const Session& session) {
  for (const Confirmations::Open* open : confirmations_.newest(limits::kOpenConfirmations))
    if (const Noted* noted = open->overdue(session.organization)) remind(session, *open, *noted);
}

void Broker::remind(const Session& session, const Confirmations::Open& open, const Noted& noted) {
  const Lane lane = session.peer.door == Door::urgent ? Lane::urgent : Lane::batched;
  if (!session.subscribes || lane != open.lane || !session.asked.wants(open.report)) return;
  if (now_ - noted.at >= kOldNews || !open.waited_for(now_)) return;
  const Member* member = active_member(session.peer.key);
  if (!member || !entitled(*member, open.report, now_)) return;
  out_.send.push_back({session.peer.id, Reminder{open.report.id, open.seq, noted.stage}});
}

}  // namespace noroshi::core
