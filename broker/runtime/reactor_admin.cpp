// The reactor's administrative side: the admin socket's requests, status and snapshots.
#include "broker/runtime/board.h"
#include "broker/runtime/reactor.h"
#include "proto/cli/cli.h"
#include "proto/tlog/verifier_key.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {

namespace {

void refuse(const AdminServer::Reply& reply, const std::string& error) {
  v1::AdminReply out;
  out.set_error(error);
  reply(out);
}

}  // namespace

void Reactor::handle_admin(const v1::AdminRequest& request, AdminServer::Reply reply) {
  switch (request.kind_case()) {
    case v1::AdminRequest::kMember: {
      const auto member = wire::open_member(parts_.registrar, request.member());
      if (!member) return refuse(reply, "the member is not signed by this broker's registrar key");
      tickets_[++last_ticket_] = std::move(reply);
      driver_.handle(core::ChangeMember{last_ticket_, request.member().SerializeAsString(), *member});
      return wake();
    }
    case v1::AdminRequest::kPosture: {
      const auto posture = value_in(kPostures, request.posture().posture());
      if (!posture) return refuse(reply, "no such posture: " + request.posture().posture());
      tickets_[++last_ticket_] = std::move(reply);
      driver_.handle(core::ChangePosture{last_ticket_, {*posture, request.posture().reason(), {}}});
      return wake();
    }
    case v1::AdminRequest::kStatus: {
      v1::AdminReply out;
      *out.mutable_status() = status();
      return reply(out);
    }
    case v1::AdminRequest::kRoster: {
      v1::AdminReply out;
      for (const Bytes& member : parts_.broker.roster().bodies()) out.add_members()->ParseFromString(member);
      return reply(out);
    }
    case v1::AdminRequest::kBoard: {
      v1::AdminReply out;
      *out.mutable_board() = answer_board(parts_.broker, request.board(), now());
      return reply(out);
    }
    case v1::AdminRequest::kBrokerKey: {
      try {
        tell_broker_key();
      } catch (const ConfigError& error) {
        return refuse(reply, error.what());
      }
      return reply({});
    }
    case v1::AdminRequest::KIND_NOT_SET: return refuse(reply, "an empty request");
  }
}

void Reactor::tell_broker_key() {
  TransportKeyState state = load_transport_key_state(parts_.data, parts_.config);
  const bool news = state.statement.statement() != transport_key_.statement.statement();
  transport_key_ = std::move(state);
  if (!news) return;
  seals_.set_key(transport_key_.statement);
  std::vector<PeerId> peers;
  for (const auto& [peer, lane] : peers_) peers.push_back(peer);
  for (const PeerId peer : peers) send(peer, seals_.key_frame(peer));
  wake();
}

void Reactor::admin_done(const core::AdminDone& done) {
  const auto ticket = tickets_.extract(done.ticket);
  if (ticket.empty()) return;
  v1::AdminReply out;
  out.set_error(done.error);
  out.set_seq(done.seq.value);
  ticket.mapped()(out);
}

v1::StatusReply Reactor::status() const {
  const core::Stats stats = parts_.broker.stats();
  const auto sessions = [&](core::Door door) {
    const auto it = stats.sessions.find(door);
    return it == stats.sessions.end() ? 0 : it->second;
  };
  v1::StatusReply out;
  out.set_origin(parts_.config.origin);
  out.set_head(parts_.broker.head().value);
  out.set_posture(std::string(name_of(parts_.broker.posture())));
  out.set_matrix_version(parts_.matrix_version);
  if (const auto& proposal = parts_.broker.proposed_posture()) {
    out.set_proposed_posture(std::string(name_of(proposal->posture)));
    out.set_proposed_by(proposal->report.value);
  }
  out.set_started_at_us(started_at_.value);
  out.mutable_urgent()->set_sessions(sessions(core::Door::urgent));
  out.mutable_batched()->set_sessions(sessions(core::Door::batched));
  out.mutable_archive()->set_sessions(sessions(core::Door::archive));
  out.mutable_urgent()->set_backlog(stats.backlog.at(Lane::urgent));
  out.mutable_batched()->set_backlog(stats.backlog.at(Lane::batched));
  for (const http::WitnessState& each : parts_.cosignatures.states()) {
    v1::WitnessStatus& witness = *out.add_witnesses();
    witness.set_name(each.name);
    witness.set_size(each.size);
    witness.set_at_us(each.at.value);
    witness.set_trouble(each.trouble);
  }
  for (const auto& [organization, since] : parts_.broker.silent()) {
    v1::SilentMember& silent = *out.add_silent();
    silent.set_organization(organization);
    silent.set_since_us(since.value);
  }
  const http::ScrubState scrub = parts_.scrub.state();
  out.set_checked_at_us(scrub.at.value);
  out.set_checked_entries(scrub.entries);
  out.set_damages(scrub.damages);
  if (transport_key_.pending) {
    out.set_next_key_id(wire::key_id(transport_key_.pending->key));
    const auto lack = parts_.broker.lack_of(out.next_key_id(), cli::wall_clock());
    for (const std::string& organization : lack.unaware) out.add_next_key_unaware(organization);
    for (const std::string& organization : lack.unheard) out.add_next_key_unheard(organization);
  }
  return out;
}

void Reactor::take_snapshot() {
  auto snapshot = std::make_shared<http::Snapshot>();
  snapshot->origin = parts_.config.origin;
  snapshot->verifier_key = tlog::to_text(tlog::log_key(parts_.config.origin, parts_.keys.log.public_key));
  snapshot->matrix_version = parts_.matrix_version;
  snapshot->posture = parts_.broker.posture();
  snapshot->head = parts_.broker.head();
  snapshot->checkpoint = checkpoint_;
  snapshot->witnesses = parts_.cosignatures.states();
  snapshot->scrub = parts_.scrub.state();
  snapshot->members = parts_.broker.roster().all().size();
  snapshot->started_at = started_at_;
  snapshot->taken_at = now();
  for (const auto& [organization, member] : parts_.broker.roster().all()) {
    if (!member.active(snapshot->taken_at) || member.valid_until == Micros{}) continue;
    if (member.ends_soon(snapshot->taken_at)) ++snapshot->expiring;
    if (snapshot->next_expiry == Micros{} || member.valid_until < snapshot->next_expiry)
      snapshot->next_expiry = member.valid_until;
  }
  snapshot->ready = failure_.empty() && !stopping_;
  snapshot->stats = parts_.broker.stats();
  parts_.snapshots.put(std::move(snapshot));
}

}  // namespace noroshi::runtime
