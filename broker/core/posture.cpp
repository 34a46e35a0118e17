// What a 対策室 does to the posture: NISC's C.emergency-notice that opens or closes one proposes the change, or makes it.
#include "broker/core/broker.h"

namespace noroshi::core {

namespace {
constexpr std::string_view kRoomItem = "C.emergency-notice";  // 対策室の設置/閉鎖情報 is a field of this one alone

// What withdraws a notice repeats its words, and what comments on one quotes them.
bool speaks_for_itself(const Report& report) {
  if (!report.relates_to) return true;
  const Relation relation = report.relates_to->relation;
  return relation == Relation::update || relation == Relation::correction;
}
}  // namespace

void Broker::heed_response_room(const Report& report, Seq seq) {
  if (proposal_ && report.calls_back() && report.relates_to->report == proposal_->report && !proposal_admitted_)
    proposal_.reset();
  if (report.item != kRoomItem || !report.response_room || report.status != Status::actual || seq < posture_seq_)
    return;
  if (!speaks_for_itself(report)) return;
  if (settings_.response_rooms == ResponseRooms::ignore) return;
  const Member* author = roster_.by_organization(report.organization);
  if (!author || author->tier != Tier::nisc) return;
  const bool opened = *report.response_room == ResponseRoom::opened;
  const Posture wanted = opened ? Posture::incident : Posture::normal;
  proposal_.reset();
  if (wanted == posture_) return;
  proposal_ = PostureChange{
      wanted, opened ? "対策室の設置 / a response room was opened" : "対策室の閉鎖 / a response room was closed",
      report.id};
  out_.events.push_back(
      {Event::Kind::posture_proposed, report.organization, std::string(name_of(wanted)) + " by " + report.id.value});
}

void Broker::follow_response_room() {
  if (!proposal_ || proposal_admitted_ || shutting_down_ || settings_.response_rooms != ResponseRooms::apply) return;
  proposal_admitted_ = true;
  Append entry;
  entry.kind = EntryKind::posture;
  entry.lane = Lane::urgent;
  entry.content = *proposal_;
  sequencer_.admit(std::move(entry));
}

}  // namespace noroshi::core
