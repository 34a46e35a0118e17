// The broker's decisions: step(command, now) -> what to do. No clock, socket, file, logger or random source in here.
// One owner thread. The state is a fold of the log (members, posture, releases) and of the sessions that stand.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "broker/core/absences.h"
#include "broker/core/commands.h"
#include "broker/core/confirmations.h"
#include "broker/core/digests.h"
#include "broker/core/outcome.h"
#include "broker/core/rates.h"
#include "broker/core/roster.h"
#include "broker/core/sequencer.h"
#include "broker/core/session.h"
#include "broker/core/stats.h"
#include "broker/core/tail.h"
#include "proto/types/limits.h"
#include "schemas/matrix.h"

namespace noroshi::core {

// What NISC's C.emergency-notice that opens or closes a 対策室 does to the posture.
enum class ResponseRooms { ignore, propose, apply };
inline constexpr NameTable<ResponseRooms, 3> kResponseRooms{
    {{ResponseRooms::ignore, "ignore"}, {ResponseRooms::propose, "propose"}, {ResponseRooms::apply, "apply"}}};
constexpr std::string_view name_of(ResponseRooms v) { return name_in(kResponseRooms, v); }

struct Settings {
  Matrix matrix;
  std::set<std::string> sectors;  // that exist
  DigestRules digest;
  ResponseRooms response_rooms = ResponseRooms::propose;
  std::int64_t heartbeat_us = limits::kHeartbeatMs * kMicrosPerMilli;
};

class Broker {
 public:
  explicit Broker(Settings settings);

  // Before the first step: the committed entries that make up the state, in order (all members, the last posture, the
  // last digest release, the batched reports after it), then the head.
  void restore(const Record& record);
  void restart_after(Seq head, Micros recorded_at);

  Outcome step(const Command& command, Micros now);

  const Roster& roster() const { return roster_; }
  Posture posture() const { return posture_; }
  // What an open or closed 対策室 suggests, until the posture is changed or confirmed.
  const std::optional<PostureChange>& proposed_posture() const { return proposal_; }
  Seq head() const { return tail_.head(); }
  bool sessions_wait() const { return !waiting_.empty(); }  // Continue has work
  bool idle() const { return sequencer_.idle(); }
  std::size_t backlog(Lane lane) const { return sequencer_.backlog(lane); }
  std::size_t backlog_bytes(Lane lane) const { return sequencer_.backlog_bytes(lane); }
  Stats stats() const;
  // Who has the reports whose confirmation is open: one of them, or the next kBoardReports after a sequence.
  std::vector<BoardReport> board(const ReportId& which, Micros now) const;
  std::vector<BoardReport> board_after(Seq after, Micros now) const;
  // Whom the operator is to call because of this Overdue entry. nullopt: nobody any more.
  std::optional<Call> call_of(const Record& overdue, Micros now) const;
  // Members whose connection went without a goodbye, and since when nothing has been heard of them.
  std::map<std::string, Micros> silent() const { return absences_.silent(); }
  bool confirming(const ReportId& report) const { return confirmations_.find(report) != nullptr; }
  // Which organisations have not said that they have this next transport key.
  struct KeyLack {
    std::set<std::string> unaware;  // in session: of some session
    std::set<std::string> unheard;  // not in session, since the start
  };
  KeyLack lack_of(const std::string& next_key, Micros now) const;

 private:
  // One per command; `out` is filled, `now_` is set.
  void on(const Arrival& arrival);
  void on(const Hello& hello);
  void on(const Submit& submit);
  void on(const SubmitReceipt& submit);
  void on(const Credit& credit);
  void on(const Heartbeat& beat);
  void on(const Replay& replay);
  void on(const RosterQuery& query);
  void on(const BoardQuery& query);
  void on(const ProofQuery& query);
  void on(const Goodbye& goodbye);
  void on(const BadFrame& bad);
  void on(const PeerGone& gone);
  void on(const ChangeMember& change);
  void on(const ChangePosture& change);
  void on(const Committed& committed);
  void on(const ReadDone& done);
  void on(const ProofDone& done);
  void on(const Tick& tick);
  void on(const Cut& cut);
  void on(const Continue& more);
  void on(const Shutdown& shutdown);

  // The session of a peer and its active member; otherwise the peer has been answered and nullptr comes back.
  Session* session_of(const Peer& peer);
  const Member* active_member(const PublicKey& key) const;
  void refuse(const Peer& peer, Reason reason);
  void reject(const Submit& submit, const ReportId& report, Rejection why);
  void reject(PeerId peer, std::uint64_t number, const std::string& author, const ReportId& report, Rejection why);
  void end_session(PeerId peer);
  void lost_session(PeerId peer);  // without a goodbye
  void tell_of_absences();
  void note_seen(const Session& session);
  void has_next_key(Session& session, const std::string& next_key);
  void drop_sessions(const std::function<bool(const Session&)>& which);
  void drop_expired();

  // Whether the report is known already; then the sender has been answered.
  bool answer_known(const Submit& submit, const Report& report);
  Lane lane_for(const Report& report, bool touches_urgent) const;
  void accept(const Waiter& waiter, const Report& report, const Entry& entry);
  void fold(const Record& record);
  void member_changed(const Member& member);
  void drop_entries_of(const std::string& organization);
  bool lane_is_full(Lane lane) const;
  void release_digest(std::optional<DigestRelease> release);
  void heed_response_room(const Report& report, Seq seq);
  void follow_response_room();
  // Deadlines that have passed since it was last asked: who is behind goes into the log, is told again, and is called.
  void look_for_overdue();
  void note_overdue(const Confirmations::Open& open, Stage stage, const BoardScene& scene);
  void tell_of_overdue(const Record& record);
  // Of what its organisation is overdue with: who was away when the deadline passed, or when we told it, is told now.
  void remind_of_all(const Session& session);
  void remind(const Session& session, const Confirmations::Open& open, const Noted& noted);

  // Sends a session what it may have, as far as credit reaches; asks for a read where memory does not reach.
  void pump(Session& session);
  // Urgent sessions at once; all others wait for their turn, so that they cannot hold up urgent ones.
  void pump_in_turn(Session& session);
  bool may_go_on(const Session& session, std::size_t in_hand) const;
  void pump_all();
  void ask_for_more(Session& session, Seq from);
  // Hands on what this session is entitled to among `records`, which cover everything after its cursor up to `upto`.
  void offer(Session& session, const std::vector<RecordPtr>& records, Seq upto);
  struct Parcel {
    std::vector<Released> entries;
    std::size_t bytes = 0;
  };
  void hand_over(Session& session, Parcel& parcel, bool alone);
  std::optional<Released> release(const Session& session, const Member& member, const RecordPtr& record) const;
  BoardScene scene(Micros now) const;
  std::vector<BoardReport> boards(const std::vector<const Confirmations::Open*>& open, Micros now) const;
  std::vector<const Report*> open_reports(
      const std::vector<ReportId>& ids) const;  // nullptr: further back than the board
  bool may_read(const Session& session) const;
  Seq horizon(const Session& session) const;  // how far it may read now
  bool caught_up(const Session& session) const { return !(session.cursor < horizon(session)); }
  void finish_replay(Session& session);
  // An auditor's replay stands still until the entry that tells of it is durable.
  void note_access(const Replay& replay, Session& session);
  void access_is_noted(const Waiter& waiter);
  Beat beat_for(const Session& session) const;

  Settings settings_;
  Roster roster_;
  Posture posture_ = Posture::normal;
  Seq posture_seq_{};  // of the entry that set it
  std::optional<PostureChange> proposal_;
  bool proposal_admitted_ = false;
  Micros overdue_looked_at_{};
  Sequencer sequencer_;
  Tail tail_;
  Digests digests_;
  Confirmations confirmations_;
  // Organisations that have had a subscriber's session since the start, and what the last one asked for.
  std::map<std::string, Interest> seen_;
  std::map<PeerId, Session> sessions_;
  Absences absences_;
  std::map<std::string, Rates> rates_;            // by organisation
  std::map<std::string, std::string> next_keys_;  // by organisation: the broker's next key that it last said it has
  std::array<Session, 2> feeds_;
  std::deque<PeerId> waiting_;
  std::uint64_t reads_ = 0;
  std::uint64_t accesses_ = 0;
  std::size_t handed_over_ = 0;  // bytes, to batched and archive sessions in this step
  bool shutting_down_ = false;
  Stats stats_;
  Micros now_{};
  Outcome out_;
};

}  // namespace noroshi::core
