#include "broker/core/confirmations.h"

#include <algorithm>

#include "broker/core/entitlement.h"

namespace noroshi::core {

namespace {

// A stage is never taken back; among answers the latest counts.
bool moves_on(const std::map<std::string, Confirmation>& by, const Receipt& receipt) {
  const auto it = by.find(receipt.organization);
  if (it == by.end() || it->second.stage < receipt.stage) return true;
  return receipt.stage == Stage::responded && (it->second.answer != receipt.answer || it->second.note != receipt.note);
}

}  // namespace

void Confirmations::fold(const Record& record) {
  if (const Report* report = record.report()) {
    Open& open = open_[record.entry.seq];
    open.seq = record.entry.seq;
    open.recorded_at = record.entry.recorded_at;
    open.lane = record.entry.lane;
    if (open.lane == Lane::urgent) open.released_at = open.recorded_at;
    open.report = *report;
    open.report.sections.clear();
    open.report.attachments.clear();
    by_id_[report->id] = open.seq;
    follow(open);
    if (open_.size() > limits::kOpenConfirmations) {
      by_id_.erase(open_.begin()->second.report.id);
      open_.erase(open_.begin());
    }
  } else if (const auto* receipt = std::get_if<Receipt>(&record.content)) {
    heard_from_.insert(receipt->organization);
    for (const ReportId& id : receipt->reports) {
      const auto it = by_id_.find(id);
      if (it == by_id_.end()) continue;
      auto& by = open_.at(it->second).by;
      if (!moves_on(by, *receipt)) continue;
      Confirmation& so_far = by[receipt->organization];
      const Micros at = record.entry.recorded_at;
      for (std::size_t stage = 0; stage < static_cast<std::size_t>(receipt->stage); ++stage)
        if (so_far.reached[stage] == Micros{}) so_far.reached[stage] = at;
      so_far = {receipt->stage, receipt->answer, receipt->note, at, so_far.reached};
    }
  } else if (const auto* release = std::get_if<DigestRelease>(&record.content)) {
    for (auto it = open_.rbegin(); it != open_.rend(); ++it) {
      if (it->second.lane == Lane::urgent || it->first > release->upto) continue;
      if (it->second.released_at) break;
      it->second.released_at = record.entry.recorded_at;
    }
  } else if (const auto* overdue = std::get_if<Overdue>(&record.content)) {
    judge(overdue->seq, overdue->stage);
    if (const auto it = open_.find(overdue->seq); it != open_.end())
      for (const std::string& organization : overdue->organizations)
        it->second.noted[organization] = {overdue->stage, record.entry.recorded_at};
  }
}

void Confirmations::follow(const Open& newest) {
  for (const Open* later = &newest; later->report.relates_to;) {
    const auto it = by_id_.find(later->report.relates_to->report);
    if (it == by_id_.end() || it->second >= later->seq) return;  // forgotten; a thread leads back
    Open& earlier = open_.at(it->second);
    if (!reaches_as_far(later->report, earlier.report)) return;  // for those who do not get it, nothing has changed
    earlier.followers[{later->recorded_at, later->seq}] = {later->report.relates_to->relation, later->standing};
    Standing standing;
    for (const auto& [place, follower] : earlier.followers)
      standing.followed_by(follower.relation, place, follower.standing);
    if (standing == earlier.standing) return;  // so nothing changes for those before it
    earlier.standing = standing;
    earlier.withdrawn.reset();
    // What follows is newer, and not forgotten as long as this is not.
    if (const auto verdict = standing.verdict())
      earlier.withdrawn = Withdrawal{open_.at(verdict->by.second).report.id, verdict->relation};
    later = &earlier;
  }
}

const Noted* Confirmations::Open::overdue(const std::string& organization) const {
  const auto late = noted.find(organization);
  if (late == noted.end()) return nullptr;
  const auto said = by.find(organization);
  return said == by.end() || said->second.stage < late->second.stage ? &late->second : nullptr;
}

void Confirmations::judge(Seq report, Stage stage) {
  if (const auto it = open_.find(report); it != open_.end()) it->second.judged.insert(stage);
}

const Confirmations::Open* Confirmations::find(const ReportId& report) const {
  const auto it = by_id_.find(report);
  return it == by_id_.end() ? nullptr : &open_.at(it->second);
}

bool Confirmations::says_something_new(const Receipt& receipt) const {
  return std::any_of(receipt.reports.begin(), receipt.reports.end(), [&](const ReportId& id) {
    const Open* open = find(id);
    return !open || moves_on(open->by, receipt);
  });
}

std::vector<const Confirmations::Open*> Confirmations::after(Seq seq, std::size_t most) const {
  std::vector<const Open*> found;
  for (auto it = open_.upper_bound(seq); it != open_.end() && found.size() < most; ++it) found.push_back(&it->second);
  return found;
}

std::vector<const Confirmations::Open*> Confirmations::newest(std::size_t most) const {
  std::vector<const Open*> found;
  for (auto it = open_.rbegin(); it != open_.rend() && found.size() < most; ++it) found.push_back(&it->second);
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace noroshi::core
