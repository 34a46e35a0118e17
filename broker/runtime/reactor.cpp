#include "broker/runtime/reactor.h"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <chrono>

#include "broker/runtime/records.h"
#include "broker/runtime/submission.h"
#include "broker/store/sqlite_log.h"
#include "broker/transport/self_test.h"
#include "proto/cli/report_view.h"
#include "proto/types/limits.h"
#include "proto/wire/decode.h"

namespace noroshi::runtime {

namespace {

constexpr auto kPace = std::chrono::microseconds(kMicrosPerSecond / limits::kOthersPerSecond);
constexpr auto kTick = std::chrono::milliseconds(100);
constexpr int kLastWordsMs = 1000;  // what is queued for peers may take this long to leave at shutdown

Lane lane_of(core::Door door) { return door == core::Door::urgent ? Lane::urgent : Lane::batched; }

}  // namespace

Reactor::Reactor(Parts parts)
    : parts_(parts),
      transport_key_(load_transport_key_state(parts.data, parts.config)),
      driver_(parts.broker, *this),
      context_(transport::make_context()),
      zap_(context_, routing_ids_,
           [this](const PublicKey& key) { return parts_.broker.roster().connecting(key, now()) != nullptr; }),
      seals_({parts.config.origin, parts.keys.log, transport_key_.statement}),
      timer_(parts.io),
      pace_(parts.io),
      zap_due_(parts.io),
      admin_(parts.io, parts.data.admin_socket(),
             [this](const v1::AdminRequest& request, AdminServer::Reply reply) {
               handle_admin(request, std::move(reply));
             }),
      started_at_(now()),
      lookups_(store::open_sqlite_reader(parts.data.log())),
      urgent_entries_(store::open_sqlite_reader(parts.data.log())),
      other_entries_(store::open_sqlite_reader(parts.data.log())),
      notary_(parts.config.origin, parts.keys.log, *other_entries_),
      calls_(parts.config.overdue, parts.data.called()),
      silence_(parts.config.silent_command),
      verification_(
          inbox_, [this] { boost::asio::post(parts_.io, [this] { wake(); }); },
          [this](const char* what) { fail(what); }),
      writer_([this](const char* what) { fail(std::string("the log cannot be written: ") + what); },
              Worker::Priority::normal, [this] { parts_.log.rest(); }),
      urgent_reader_([this](const char* what) { fail(std::string("the log cannot be read: ") + what); }),
      other_reader_([this](const char* what) { fail(std::string("the log cannot be read: ") + what); },
                    Worker::Priority::background) {
  const auto open_lane = [&](core::Door door, int port) {
    const std::string endpoint = transport::endpoint(parts_.config.host, port);
    auto lane = std::make_unique<transport::LaneSocket>(context_, door, endpoint, parts_.keys.transport, routing_ids_);
    transport::refuse_strangers(context_, zap_, endpoint, parts_.keys.transport.public_key);
    return lane;
  };
  lanes_[0] = open_lane(core::Door::urgent, parts_.config.urgent_port());
  lanes_[1] = open_lane(core::Door::batched, parts_.config.batched_port());
  lanes_[2] = open_lane(core::Door::archive, parts_.config.archive_port());
  for (const auto& [lane, port] : {std::pair{Lane::urgent, parts_.config.open_urgent_port()},
                                   std::pair{Lane::batched, parts_.config.open_batched_port()}})
    feeds_[lane] = std::make_unique<transport::OpenFeed>(context_, transport::endpoint(parts_.config.host, port),
                                                         parts_.keys.transport, lane);

  const auto watch = [&](zmq::socket_t& socket) {
    watches_.push_back(std::make_unique<transport::SocketWatch>(parts_.io, socket, [this] { wake(); }));
  };
  watches_.push_back(std::make_unique<transport::SocketWatch>(parts_.io, lanes_[0]->socket(), [this] { turn(); }));
  watch(zap_.socket());
  watch(lanes_[1]->socket());
  watch(lanes_[2]->socket());
  for (const auto& [lane, feed] : feeds_) watch(feed->socket());
  checkpoint_ = notary_.checkpoint(parts.broker.head());
  seals_.set_checkpoint(checkpoint_);
  signed_head_ = parts_.broker.head();
  calls_.go_on(parts.broker, *lookups_, now());
  schedule_tick();
  take_snapshot();
  wake();
}

Reactor::~Reactor() {
  for (const auto& lane : lanes_)
    if (lane) lane->linger(failure_.empty() ? kLastWordsMs : 0);
}

// --- the loop ---

void Reactor::wake() {
  if (std::exchange(turn_scheduled_, true)) return;
  boost::asio::post(parts_.io, [this] {
    turn_scheduled_ = false;
    turn();
  });
}

void Reactor::turn() {
  sent_ = false;
  checked_here_ = 0;
  if (!failure_.empty()) return;
  if (const auto due = zap_.serve()) {
    zap_due_.expires_at(*due);
    zap_due_.async_wait([this](const boost::system::error_code& error) {
      if (!error) wake();
    });
  }
  for (auto& command : inbox_.take(Lane::urgent, limits::kUrgentPerTurn)) handle(std::move(command));
  bool busy = drain(*lanes_[0]);
  driver_.cut();  // an urgent report is on its way to the log before anything else is looked at
  busy |= drain(*lanes_[1]);
  busy |= drain(*lanes_[2]);
  for (auto& command : inbox_.take(Lane::batched, limits::kOthersPerTurn)) handle(std::move(command));
  for (const auto& [lane, feed] : feeds_) {
    std::size_t taken = 0;
    while (taken < limits::kOthersPerTurn && feed->take_one()) ++taken;
    busy |= taken == limits::kOthersPerTurn;
  }
  driver_.finish_turn();
  if (verification_.go_on(now())) wake_at_pace();
  if (stopping_) finish_when_idle();
  if (busy || sent_ || driver_.more() || !inbox_.empty()) wake();
}

void Reactor::handle(core::Command command) {
  if (const auto* submit = std::get_if<core::Submit>(&command))
    verification_.taken(lane_of(submit->peer.door), submit->peer.key, now());
  else if (const auto* receipt = std::get_if<core::SubmitReceipt>(&command))
    verification_.taken(Lane::batched, receipt->peer.key, now());
  driver_.handle(std::move(command));
}

// Whether there may be more to receive.
bool Reactor::drain(transport::LaneSocket& lane) {
  const std::size_t most = lane.door() == core::Door::urgent ? limits::kUrgentPerTurn : limits::kOthersPerTurn;
  for (std::size_t n = 0; n < most; ++n) {
    if (stopping_ || overloaded(lane_of(lane.door()))) return false;
    if (lane.door() != core::Door::urgent && !may_take_another()) return false;
    auto received = lane.receive(now());
    if (!received) return false;
    if (lane.door() != core::Door::urgent) others_.take(1, now());
    take_frame(std::move(*received));
  }
  return true;
}

bool Reactor::may_take_another() {
  if (others_.covers(1, now())) return true;
  wake_at_pace();
  return false;
}

void Reactor::wake_at_pace() {
  pace_.expires_after(kPace);
  pace_.async_wait([this](const boost::system::error_code& error) {
    if (!error) wake();
  });
}

// Then the socket is left unread, and TCP holds the senders back. Ends with a commit or a verified report, which wake us.
bool Reactor::overloaded(Lane lane) const {
  const std::size_t entries = parts_.broker.backlog(lane) + verification_.waiting(lane);
  return entries >= limits::kLaneBacklog || parts_.broker.backlog_bytes(lane) >= limits::kLaneBacklogBytes;
}

void Reactor::take_frame(transport::LaneSocket::Received received) {
  const core::Peer peer = received.peer;
  peers_[peer.id] = lanes_[static_cast<std::size_t>(peer.door) - 1].get();
  auto parsed = transport::parse_client_frame(received.frame);
  if (!driver_.admits(transport::to_arrival(peer, received.frame.size(), parsed))) return;
  if (const auto* reason = std::get_if<Reason>(&parsed)) return driver_.handle(core::BadFrame{peer, *reason});
  auto& message = std::get<v1::ClientMessage>(parsed);
  if (message.has_submit()) return take_submit(peer, std::move(*message.mutable_submit()));
  if (message.has_receipt()) return take_receipt(peer, std::move(*message.mutable_receipt()));
  if (message.has_hello() && !seals_.hello(peer.id, message.hello().session_key()))
    return driver_.handle(core::BadFrame{peer, Reason::malformed});
  auto command = transport::to_command(peer, message);
  if (auto* replay = std::get_if<core::Replay>(&*command)) {
    if (replay->from_time != Micros{}) replay->from = lookups_->seek(replay->from_time);
    if (replay->to_time != Micros{}) replay->to = previous(lookups_->seek(replay->to_time + 1));
  }
  driver_.handle(std::move(*command));
}

void Reactor::take_submit(const core::Peer& peer, v1::Submit submit) {
  const Lane lane = lane_of(peer.door);
  const Member* author = parts_.broker.roster().by_transport_key(peer.key);
  std::vector<PublicKey> keys = author ? author->signing_keys_at(now()) : std::vector<PublicKey>{};
  // A single urgent report is checked here and now: two changes of thread would cost it more than its signature. In a
  // burst they queue for the verifier; nothing may overtake what the same member said before.
  if (lane == Lane::urgent && !verification_.waiting(lane, peer.key) && ++checked_here_ == 1)
    return driver_.handle(check_submission(peer, submit, keys));
  verification_.post(
      lane, peer.key,
      [peer, keys = std::move(keys), submit = std::make_shared<v1::Submit>(std::move(submit))] {
        return core::Command(check_submission(peer, *submit, keys));
      },
      now());
}

// Many members say the same thing at the same time: in the background, whatever the lane.
void Reactor::take_receipt(const core::Peer& peer, v1::SubmitReceipt submit) {
  const Member* member = parts_.broker.roster().by_transport_key(peer.key);
  verification_.post(
      Lane::batched, peer.key,
      [peer, keys = member ? member->signing_keys_at(now()) : std::vector<PublicKey>{},
       submit = std::make_shared<v1::SubmitReceipt>(std::move(submit))] {
        return core::Command(check_receipt(peer, *submit, keys));
      },
      now());
}

// --- what the driver wants done ---

Micros Reactor::now() { return cli::wall_clock(); }

void Reactor::append(std::vector<core::Append> batch) {
  writer_.post([this, batch = std::make_shared<std::vector<core::Append>>(std::move(batch))] {
    core::Committed committed;
    std::vector<store::NewEntry> entries;
    for (core::Append& append : *batch) {
      committed.records.push_back(make_record(std::move(append), wire::random_salt()));
      const Record& record = *committed.records.back();
      entries.push_back({record.entry, record.report() ? record.report()->id : ReportId{}});
    }
    parts_.log.append(entries);
    inbox_.post(Lane::urgent, std::move(committed));
    boost::asio::post(parts_.io, [this] { turn(); });  // at once: readers wait for this
  });
}

void Reactor::read(core::ReadRequest request) {
  const bool urgent = request.door == core::Door::urgent;
  store::Reader& reader = urgent ? *urgent_entries_ : *other_entries_;
  ++reading_;
  (urgent ? urgent_reader_ : other_reader_).post([this, urgent, &reader, request = std::move(request)] {
    store::ReadResult result =
        reader.read(request.from, {request.kinds, request.lane}, {limits::kReadRows, limits::kReadBytes});
    core::ReadDone done{request.peer, request.read, {}, result.upto};
    for (Entry& entry : result.entries) done.records.push_back(record_of(std::move(entry), reader));
    inbox_.post(urgent ? Lane::urgent : Lane::batched, std::move(done));
    boost::asio::post(parts_.io, [this] { --reading_, wake(); });
  });
}

void Reactor::prove(core::ProofRequest request) {
  ++reading_;
  other_reader_.post([this, request] {
    core::ProofDone done = notary_.prove(request);
    done.checkpoint = parts_.cosignatures.on(done.checkpoint);
    inbox_.post(Lane::batched, std::move(done));
    boost::asio::post(parts_.io, [this] { --reading_, wake(); });
  });
}

// With the tick: ten signatures a second, however fast the log grows.
void Reactor::follow_checkpoint() {
  seals_.set_checkpoint(parts_.cosignatures.on(checkpoint_));
  if (signing_ || signed_head_ == parts_.broker.head()) return;
  signing_ = true;
  signed_head_ = parts_.broker.head();
  other_reader_.post([this, durable = signed_head_] {
    boost::asio::post(parts_.io, [this, checkpoint = notary_.checkpoint(durable)] {
      signing_ = false;
      checkpoint_ = checkpoint;
    });
  });
}

void Reactor::send(PeerId peer, const core::Message& message) {
  if (peers_.contains(peer)) send(peer, seals_.frame(peer, message, now()));
}

void Reactor::send(PeerId peer, const std::optional<Bytes>& frame) {
  const auto lane = peers_.find(peer);
  if (lane == peers_.end() || !frame) return;
  sent_ = true;
  if (lane->second->send(peer, *frame)) return;
  // A frame is missing from the sealed stream now: this session is over, the client says Hello and catches up.
  seals_.forget(peer);
  peers_.erase(lane);
  inbox_.post(Lane::urgent, core::PeerGone{peer});
}

void Reactor::publish(const core::FeedItem& item) {
  transport::OpenFeed& feed = *feeds_.at(item.lane);
  if (!feed.anyone_listens()) return;
  const Entry& entry = item.entry.record()->entry;
  v1::SignedReport signed_report;
  v1::Report report;
  if (!signed_report.ParseFromString(entry.body) || !report.ParseFromString(signed_report.report())) return;
  feed.publish(item.topic, cli::delivery_json(entry, report, "valid"), entry.body);
  sent_ = true;
}

void Reactor::close(PeerId peer) {
  const auto lane = peers_.find(peer);
  if (lane == peers_.end()) return;
  lane->second->close(peer);
  seals_.forget(peer);
  peers_.erase(lane);
}

void Reactor::note(const core::Event& event) {
  using Kind = core::Event::Kind;
  switch (event.kind) {
    case Kind::session_opened: return spdlog::info("session opened: {} ({})", event.organization, event.detail);
    case Kind::session_closed: return spdlog::info("session closed: {} ({})", event.organization, event.detail);
    case Kind::member_silent:
      if (const Member* member = parts_.broker.roster().by_organization(event.organization))
        silence_.silent(*member, event.detail);
      return spdlog::warn("member silent: {} ({})", event.organization, event.detail);
    case Kind::refused: return spdlog::warn("refused: {} ({})", event.organization, event.detail);
    case Kind::rejected: return spdlog::info("rejected: a report of {} ({})", event.organization, event.detail);
    case Kind::digest_released: return spdlog::info("digest released ({})", event.detail);
    case Kind::posture_proposed: return spdlog::warn("posture proposed: {} ({})", event.detail, event.organization);
    case Kind::overdue: return spdlog::warn("overdue: {}", event.detail);
    case Kind::posture_changed: return spdlog::warn("posture is now {}", event.detail);
    case Kind::rate_limited:
      return spdlog::warn("member sends too much: {}; frames of it are dropped", event.organization);
    case Kind::member_changed: return spdlog::info("member {}: {}", event.detail, event.organization);
  }
}

// --- time ---

void Reactor::schedule_tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    tick();
    schedule_tick();
  });
}

void Reactor::tick() {
  if (!failure_.empty()) return;
  driver_.handle(core::Tick{});
  for (const auto& lane : lanes_)
    for (const PeerId peer : lane->sweep(now())) {
      seals_.forget(peer);
      peers_.erase(peer);
    }
  follow_checkpoint();
  take_snapshot();
  wake();
}

void Reactor::stop() {
  if (std::exchange(stopping_, true)) return;
  spdlog::info("stopping: finishing what is in flight");
  driver_.handle(core::Shutdown{});
  wake();
}

void Reactor::finish_when_idle() {
  const bool verifying = verification_.waiting(Lane::urgent) + verification_.waiting(Lane::batched) > 0;
  if (verifying || reading_ > 0 || !inbox_.empty() || !parts_.broker.idle() || driver_.more()) return;
  timer_.cancel();
  parts_.io.stop();
}

void Reactor::fail(const std::string& what) {
  boost::asio::post(parts_.io, [this, what] {
    if (failure_.empty()) failure_ = what;
    spdlog::critical("{}; stopping: nothing more is acknowledged", what);
    parts_.io.stop();
  });
}

}  // namespace noroshi::runtime
