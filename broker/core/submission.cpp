// From a Submit to its place in a queue, or to the reason why not.
#include "broker/core/admission.h"
#include "broker/core/broker.h"
#include "broker/core/planted.h"
#include "proto/types/topic.h"
#include "schemas/report_check.h"

namespace noroshi::core {

void Broker::reject(const Submit& submit, const ReportId& report, Rejection why) {
  const Member* author = roster_.by_transport_key(submit.peer.key);
  reject(submit.peer.id, submit.number, author ? author->organization : "", report, std::move(why));
}

void Broker::reject(PeerId peer, std::uint64_t number, const std::string& author, const ReportId& report,
                    Rejection why) {
  ++stats_.rejected[why.reason];
  out_.events.push_back({Event::Kind::rejected, author, std::string(name_of(why.reason))});
  out_.send.push_back({peer, Rejected{number, report, std::move(why)}});
}

void Broker::on(const Submit& submit) {
  if (submit.peer.door == Door::archive) return refuse(submit.peer, Reason::unexpected_message);
  if (!session_of(submit.peer)) return;
  if (const auto* broken = std::get_if<Rejection>(&submit.decoded)) return reject(submit, {}, *broken);
  const Report& report = std::get<Report>(submit.decoded);
  const Member& author = *active_member(submit.peer.key);

  AdmissionContext context{author, roster_, settings_.matrix, settings_.sectors, nullptr, now_};
  if (auto broken = check_author(submit, report, context)) return reject(submit, report.id, *broken);
  if (answer_known(submit, report)) return;
  if (shutting_down_)
    return reject(submit, report.id, {Reason::shutting_down, "", "the broker is stopping: send again later"});

  std::optional<Lane> related_lane;
  if (report.relates_to) {
    if (submit.related) {
      context.related = submit.related->report();
      related_lane = submit.related->entry.lane;
    } else if (const PendingPtr pending = sequencer_.find(report.relates_to->report)) {
      context.related = pending->report();
      related_lane = pending->entry.lane;
    }
  }
  if (auto broken = check_moment(report, context)) return reject(submit, report.id, *broken);

  // A lane's own door is held back by not reading it; through another door it must be said.
  const bool touches_urgent = context.related && (related_lane == Lane::urgent || context.related->touches_urgent);
  const Lane lane = lane_for(report, touches_urgent);
  const bool own_door = (submit.peer.door == Door::urgent) == (lane == Lane::urgent);
  if (!own_door && lane_is_full(lane))
    return reject(submit, report.id,
                  {Reason::rate_limited, "", "the lane is full: send again in a moment, on its own socket"});

  Append entry;
  entry.kind = EntryKind::report;
  entry.lane = lane;
  entry.body = submit.body;
  entry.content = report;
  if (report.succeeds() && context.related) {
    Report& filled = std::get<Report>(entry.content);
    filled.touched = context.related->touched;
    filled.touched.push_back({context.related->item, context.related->source});
    filled.touches_urgent = touches_urgent;
  }
  sequencer_.admit(std::move(entry))->waiters.push_back({submit.peer.id, submit.number, false});
}

bool Broker::lane_is_full(Lane lane) const {
  return sequencer_.backlog(lane) >= limits::kLaneBacklog ||
         sequencer_.backlog_bytes(lane) >= limits::kLaneBacklogBytes;
}

bool Broker::answer_known(const Submit& submit, const Report& report) {
  if (planted(Bug::skip_duplicate_check)) return false;
  const Rejection conflict{Reason::id_conflict, "id",
                           "this id already names a report with other content: use a new id"};
  if (submit.same_id) {
    const Record& known = *submit.same_id;
    if (known.report()->digest != report.digest) {
      reject(submit, report.id, conflict);
    } else {
      ++stats_.duplicates;
      accept({submit.peer.id, submit.number, true}, report, known.entry);
    }
    return true;
  }
  const PendingPtr pending = sequencer_.find(report.id);
  if (!pending) return false;
  if (pending->report()->digest != report.digest) {
    reject(submit, report.id, conflict);
  } else {
    ++stats_.duplicates;
    pending->waiters.push_back({submit.peer.id, submit.number, true});
  }
  return true;
}

// A correction or a withdrawal must not arrive behind anything that it touches.
Lane Broker::lane_for(const Report& report, bool touches_urgent) const {
  if (report.calls_back() && touches_urgent) return Lane::urgent;
  return lane_of(settings_.matrix, report.item, posture_);
}

void Broker::accept(const Waiter& waiter, const Report& report, const Entry& entry) {
  if (waiter.peer == PeerId{}) return;
  out_.send.push_back(
      {waiter.peer, Accepted{waiter.number, report.id, entry.seq, entry.lane, entry.recorded_at, waiter.duplicate,
                             topic_of(*report.status, report.item, report.source), entry.salt}});
}

}  // namespace noroshi::core
