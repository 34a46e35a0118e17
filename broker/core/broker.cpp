#include "broker/core/broker.h"

#include <algorithm>

#include "broker/core/entitlement.h"
#include "broker/core/planted.h"

namespace noroshi::core {

namespace {
constexpr std::uint32_t kProtocol = 1;
constexpr std::uint32_t kEndless = ~std::uint32_t{0};

Absences::Who who_is(const Session& session) {
  return {session.organization, session.peer.door, session.asked.daemon()};
}
}  // namespace

Broker::Broker(Settings settings) : settings_(std::move(settings)), digests_(settings_.digest) {
  feeds_[0].feed = Lane::urgent;
  feeds_[1].feed = Lane::batched;
  feeds_[0].peer.id = PeerId{1};  // the transport's own numbers begin above
  feeds_[1].peer.id = PeerId{2};
  for (Session& feed : feeds_) feed.credit = kEndless;
}

void Broker::restore(const Record& record) {
  fold(record);
  out_ = {};
  stats_ = {};
}

void Broker::restart_after(Seq head, Micros recorded_at) {
  sequencer_.restart_after(head, recorded_at);
  tail_.restart_after(head);
  feeds_[0].cursor = head;  // who listens to the open feed hears what is said from now on
  feeds_[1].cursor = digests_.upto();
}

Outcome Broker::step(const Command& command, Micros now) {
  now_ = now;
  handed_over_ = 0;
  std::visit([this](const auto& c) { on(c); }, command);
  return std::exchange(out_, {});
}

// --- sessions ---

const Member* Broker::active_member(const PublicKey& key) const { return roster_.connecting(key, now_); }

Session* Broker::session_of(const Peer& peer) {
  const auto it = sessions_.find(peer.id);
  if (it == sessions_.end()) {
    out_.send.push_back({peer.id, HelloRequired{}});
    return nullptr;
  }
  if (!active_member(peer.key)) {
    refuse(peer, Reason::revoked);
    end_session(peer.id);
    return nullptr;
  }
  it->second.last_heard = now_;
  return &it->second;
}

void Broker::refuse(const Peer& peer, Reason reason) {
  ++stats_.refused[reason];
  out_.send.push_back({peer.id, Refused{reason}});
  const Member* member = roster_.by_transport_key(peer.key);
  out_.events.push_back({Event::Kind::refused, member ? member->organization : "", std::string(name_of(reason))});
}

void Broker::on(const Arrival& arrival) {
  const Member* member = roster_.by_transport_key(arrival.peer.key);
  if (!member) return;  // what else it says is answered with a refusal; without a key nobody gets here
  Rates& rates = rates_[member->organization];
  const bool signed_words = arrival.charge == Charge::report || arrival.charge == Charge::receipt;
  const Verdict verdict = rates.charge(arrival.peer.id, arrival.charge, arrival.bytes, now_);
  if (verdict == Verdict::within) {
    // Said before a Hello, it must not count as said after it, which it would if its signature took longer than the Hello:
    // what the sender repeats in order would come behind it.
    if (signed_words && !sessions_.contains(arrival.peer.id)) {
      out_.send.push_back({arrival.peer.id, HelloRequired{}});
      out_.dropped = true;
    }
    return;
  }
  out_.dropped = true;
  ++stats_.dropped_frames;
  if (rates.worth_a_note(now_)) out_.events.push_back({Event::Kind::rate_limited, member->organization, ""});
  if (verdict == Verdict::over_and_cut) {
    end_session(arrival.peer.id);
    out_.close.push_back(arrival.peer.id);
  }
  if (verdict != Verdict::over) return;
  if (signed_words) {
    ++stats_.rejected[Reason::rate_limited];
    const Rejection why{Reason::rate_limited, "", "too many at once: send again in a second"};
    out_.send.push_back({arrival.peer.id, Rejected{arrival.number, {}, why}});
  } else {
    ++stats_.refused[Reason::rate_limited];
    out_.send.push_back({arrival.peer.id, Refused{Reason::rate_limited}});
  }
}

void Broker::on(const Hello& hello) {
  std::size_t abandoned = 0;
  if (const auto old = sessions_.find(hello.peer.id); old != sessions_.end()) {
    old->second.abandon();
    abandoned = old->second.abandoned_bytes;
    if (old->second.abandoned_too_much()) out_.close.push_back(hello.peer.id);
  }
  end_session(hello.peer.id);  // whatever becomes of the new one: the client has left the old
  if (!out_.close.empty() && out_.close.back() == hello.peer.id) return;
  const Member* member = roster_.by_transport_key(hello.peer.key);
  if (!member) return refuse(hello.peer, Reason::unknown_member);
  if (!active_member(hello.peer.key)) return refuse(hello.peer, Reason::revoked);
  if (hello.protocol != kProtocol) return refuse(hello.peer, Reason::protocol_version);
  if (shutting_down_) return refuse(hello.peer, Reason::shutting_down);
  if (hello.topics.size() > limits::kHelloTopics) return refuse(hello.peer, Reason::too_large);
  if (sessions_.size() >= limits::kMaxSessions) return refuse(hello.peer, Reason::rate_limited);
  // Clearance alone reads by replays, each of which is an entry.
  if (hello.subscribe && (!member->subscribe || hello.peer.door == Door::archive))
    return refuse(hello.peer, Reason::not_permitted);
  for (const std::string& topic : hello.topics)
    if (!settings_.matrix.knows_topic(topic)) return refuse(hello.peer, Reason::unknown_item);

  Session session;
  session.peer = hello.peer;
  session.organization = member->organization;
  session.subscribes = hello.subscribe;
  session.asked.topics = hello.topics;
  session.asked.statuses = {hello.statuses.begin(), hello.statuses.end()};
  if (session.asked.statuses.empty()) session.asked.statuses = {Status::actual};
  session.asked.keeps = {hello.keeps.begin(), hello.keeps.end()};
  session.credit = std::min(hello.credit, limits::kMaxCredit);
  session.abandoned_bytes = abandoned;
  session.last_heard = now_;
  has_next_key(session, hello.next_key);
  // "From now" on the batched lane includes the digest that is being gathered.
  const Seq present = hello.peer.door == Door::batched ? digests_.upto() : head();
  session.cursor = session.after = hello.from_now ? present : std::min(hello.cursor, head());
  Session& stored = sessions_.emplace(hello.peer.id, std::move(session)).first->second;
  if (stored.subscribes) note_seen(stored);
  absences_.came(who_is(stored));

  out_.send.push_back({hello.peer.id, Welcome{std::string(name_of(posture_)), settings_.matrix.version, head(),
                                              stored.cursor, member->access_ends(hello.peer.key).value_or(Micros{})}});
  out_.events.push_back({Event::Kind::session_opened, stored.organization, std::string(name_of(hello.peer.door))});
  remind_of_all(stored);
  pump_in_turn(stored);
}

// While a member's daemon is known, what people watch beside it says nothing of what the member has.
void Broker::note_seen(const Session& session) {
  const auto [seen, first] = seen_.try_emplace(session.organization, session.asked);
  if (!first && (session.asked.daemon() || !seen->second.daemon())) seen->second = session.asked;
}

void Broker::on(const Credit& credit) {
  Session* session = session_of(credit.peer);
  if (!session) return;
  session->acknowledged(credit.cursor);
  session->credit = std::min(limits::kMaxCredit, session->credit + std::min(credit.more, limits::kMaxCredit));
  pump_in_turn(*session);
}

Beat Broker::beat_for(const Session& session) const {
  Beat beat{session.cursor, head(), std::string(name_of(posture_)), horizon(session), std::nullopt};
  if (session.subscribes && !session.replay)
    beat.promise = Promise{session.organization,
                           session.peer.door == Door::urgent ? Lane::urgent : Lane::batched,
                           session.asked.topics,
                           {session.asked.statuses.begin(), session.asked.statuses.end()},
                           session.after};
  return beat;
}

void Broker::on(const Heartbeat& beat) {
  Session* session = session_of(beat.peer);
  if (!session) return;
  session->acknowledged(beat.cursor);
  has_next_key(*session, beat.next_key);
  session->sinks_fail = beat.failing_sinks > 0;
  out_.send.push_back({beat.peer.id, beat_for(*session)});
  pump_in_turn(*session);
}

void Broker::on(const Goodbye& goodbye) {
  if (session_of(goodbye.peer)) end_session(goodbye.peer.id);
}

void Broker::on(const BadFrame& bad) { refuse(bad.peer, bad.reason); }

void Broker::on(const PeerGone& gone) { lost_session(gone.peer); }

void Broker::on(const RosterQuery& query) {
  if (session_of(query.peer)) out_.send.push_back({query.peer.id, RosterAnswer{query.number, roster_.bodies()}});
}

void Broker::end_session(PeerId peer) {
  const auto it = sessions_.find(peer);
  if (it == sessions_.end()) return;
  out_.events.push_back(
      {Event::Kind::session_closed, it->second.organization, std::string(name_of(it->second.peer.door))});
  sessions_.erase(it);
  std::erase(waiting_, peer);
}

// Whether another session of the member stands there is looked at once a tick, for all that are gone.
void Broker::lost_session(PeerId peer) {
  const auto it = sessions_.find(peer);
  if (it == sessions_.end()) return;
  absences_.left(who_is(it->second), it->second.last_heard);
  end_session(peer);
}

void Broker::tell_of_absences() {
  for (const auto& who : absences_.due(now_, limits::kSilentHeartbeats * settings_.heartbeat_us)) {
    ++stats_.silent_members;
    out_.events.push_back({Event::Kind::member_silent, who.organization, std::string(name_of(who.door))});
  }
}

void Broker::drop_sessions(const std::function<bool(const Session&)>& which) {
  std::vector<PeerId> dropped;
  for (const auto& [id, session] : sessions_)
    if (which(session)) dropped.push_back(id);
  for (const PeerId id : dropped) {
    end_session(id);
    out_.close.push_back(id);
  }
}

// Members whose time is over, and keys whose overlap is.
void Broker::drop_expired() {
  std::set<std::string> expired;
  drop_sessions([&](const Session& session) {
    if (active_member(session.peer.key)) return false;
    if (!roster_.by_organization(session.organization)->active(now_)) expired.insert(session.organization);
    return true;
  });
  for (const std::string& organization : expired) drop_entries_of(organization);
}

// --- administration ---

void Broker::on(const ChangeMember& change) {
  if (!roster_.keys_are_its_own(change.member) || sequencer_.key_is_spoken_for(change.member)) {
    out_.admin.push_back({change.ticket, {}, "another organisation is enrolled with this transport key"});
    return;
  }
  const Member* known = roster_.by_organization(change.member.organization);
  if (known && change.member.signed_at < known->signed_at) {
    out_.admin.push_back({change.ticket, {}, "the registrar has signed a newer record of this organisation"});
    return;
  }
  Append entry;
  entry.kind = EntryKind::member;
  entry.lane = Lane::urgent;
  entry.body = change.body;
  entry.content = change.member;
  sequencer_.admit(std::move(entry))->admin_ticket = change.ticket;
}

void Broker::on(const ChangePosture& change) {
  Append entry;
  entry.kind = EntryKind::posture;
  entry.lane = Lane::urgent;
  entry.content = change.change;
  sequencer_.admit(std::move(entry))->admin_ticket = change.ticket;
}

void Broker::on(const Shutdown&) {
  shutting_down_ = true;
  release_digest(digests_.flush());
}

// --- time and the log ---

void Broker::release_digest(std::optional<DigestRelease> release) {
  if (!release) return;
  Append entry;
  entry.kind = EntryKind::digest;
  entry.lane = Lane::urgent;
  entry.content = *release;
  sequencer_.admit(std::move(entry));
}

void Broker::on(const Tick&) {
  release_digest(digests_.due(now_));
  drop_expired();
  follow_response_room();
  look_for_overdue();
  std::vector<PeerId> silent;
  for (auto& [id, session] : sessions_) {
    session.last_heard = std::min(session.last_heard, now_);  // by a clock that was ahead
    if (now_ - session.last_heard <= limits::kSilentHeartbeats * settings_.heartbeat_us) continue;
    silent.push_back(id);
    absences_.left(who_is(session), session.last_heard);
  }
  for (const auto& [id, session] : sessions_)
    if (!std::binary_search(silent.begin(), silent.end(), id)) absences_.came(who_is(session));
  tell_of_absences();
  for (const PeerId id : silent) {
    end_session(id);
    out_.close.push_back(id);
  }
}

void Broker::on(const Cut&) {
  out_.append = sequencer_.cut(now_);
  if (planted(Bug::accept_before_commit)) {
    for (const Append& entry : out_.append)
      if (const auto* report = std::get_if<Report>(&entry.content))
        for (Waiter& waiter : sequencer_.find(report->id)->waiters) {
          accept(waiter, *report, Entry{entry.seq, entry.recorded_at, entry.kind, entry.lane, {}, {}, {}});
          waiter.peer = {};
        }
  }
  if (planted(Bug::deliver_before_commit)) {
    for (const Append& entry : out_.append) {
      const auto early = std::make_shared<Record>(
          Record{{entry.seq, entry.recorded_at, entry.kind, entry.lane, {}, entry.body, {}}, entry.content});
      for (auto& [id, session] : sessions_) {
        const Member* member = roster_.by_organization(session.organization);
        if (auto released = session.subscribes ? release(session, *member, early) : std::nullopt)
          out_.send.push_back({id, Deliver{{*released}, entry.seq, false}});
      }
    }
  }
}

void Broker::on(const Committed& committed) {
  const std::vector<PendingPtr> batch = sequencer_.committed();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const RecordPtr& record = committed.records[i];
    tail_.push(record);
    fold(*record);
  }
  pump_all();  // who waits for an alert goes before who waits for an answer
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Entry& entry = committed.records[i]->entry;
    const Pending& pending = *batch[i];
    if (const Report* report = committed.records[i]->report()) {
      ++stats_.accepted[entry.lane];
      for (const Waiter& waiter : pending.waiters) accept(waiter, *report, entry);
    }
    if (entry.kind == EntryKind::receipt)
      for (const Waiter& waiter : pending.waiters)
        out_.send.push_back({waiter.peer, ReceiptAccepted{waiter.number, entry.seq, false}});
    if (entry.kind == EntryKind::access)
      for (const Waiter& waiter : pending.waiters) access_is_noted(waiter);
    if (entry.kind == EntryKind::overdue) tell_of_overdue(*committed.records[i]);
    if (pending.admin_ticket != 0) out_.admin.push_back({pending.admin_ticket, entry.seq, ""});
  }
  follow_response_room();
  release_digest(shutting_down_ ? digests_.flush() : digests_.due(now_));
}

void Broker::fold(const Record& record) {
  if (const auto* member = std::get_if<Member>(&record.content)) {
    roster_.apply(*member, record.entry.body, record.entry.seq);
    member_changed(*member);
  } else if (const auto* change = std::get_if<PostureChange>(&record.content)) {
    posture_ = change->posture;
    posture_seq_ = record.entry.seq;
    proposal_.reset();
    proposal_admitted_ = false;
    out_.events.push_back({Event::Kind::posture_changed, "", std::string(name_of(posture_))});
    for (const auto& [id, session] : sessions_)
      if (active_member(session.peer.key)) out_.send.push_back({id, beat_for(session)});
  } else if (const auto* release = std::get_if<DigestRelease>(&record.content)) {
    digests_.released(release->upto);
    ++stats_.digests;
    confirmations_.fold(record);
    out_.events.push_back({Event::Kind::digest_released, "", release->cause});
  } else {
    digests_.committed(record);
    confirmations_.fold(record);
    if (const Report* report = record.report()) heed_response_room(*report, record.entry.seq);
  }
}

void Broker::member_changed(const Member& member) {
  absences_.forget(member.organization);
  out_.events.push_back({Event::Kind::member_changed, member.organization, member.revoked ? "revoked" : "enrolled"});
  // Also one whose rights or keys merely changed: it says Hello again and stands under its new record.
  if (!planted(Bug::revoked_stays))
    drop_sessions([&](const Session& session) { return session.organization == member.organization; });
  if (member.active(now_)) return;
  drop_entries_of(member.organization);  // its revocation stands in the log now: nothing of it may follow
}

void Broker::drop_entries_of(const std::string& organization) {
  for (const PendingPtr& pending : sequencer_.drop_entries_of(organization)) {
    if (pending->access()) continue;  // nothing has been read, and its session has ended
    const Report* report = pending->report();
    const Rejection why =
        pending->author() == organization
            ? Rejection{Reason::revoked, "", organization + " is no longer enrolled"}
            : Rejection{Reason::relation_unknown, "relatesTo.reportId", "that report was never accepted"};
    for (const Waiter& waiter : pending->waiters)
      reject(waiter.peer, waiter.number, pending->author(), report ? report->id : ReportId{}, why);
  }
}

Stats Broker::stats() const {
  Stats stats = stats_;
  for (const auto& [id, session] : sessions_) ++stats.sessions[session.peer.door];
  for (const Lane lane : {Lane::urgent, Lane::batched}) stats.backlog[lane] = sequencer_.backlog(lane);
  return stats;
}

void Broker::has_next_key(Session& session, const std::string& next_key) {
  session.next_key = next_key;
  if (!next_key.empty()) next_keys_[session.organization] = next_key;
}

Broker::KeyLack Broker::lack_of(const std::string& next_key, Micros now) const {
  KeyLack out;
  std::set<std::string> present;
  for (const auto& [id, session] : sessions_) {
    present.insert(session.organization);
    if (session.next_key != next_key) out.unaware.insert(session.organization);
  }
  for (const auto& [organization, member] : roster_.all()) {
    const auto said = next_keys_.find(organization);
    const bool has = said != next_keys_.end() && said->second == next_key;
    if (!has && member.active(now) && !present.contains(organization)) out.unheard.insert(organization);
  }
  return out;
}

}  // namespace noroshi::core
