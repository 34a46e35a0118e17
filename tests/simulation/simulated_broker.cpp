#include "tests/simulation/simulated_broker.h"

#include <algorithm>

#include "broker/runtime/notary.h"
#include "broker/runtime/records.h"
#include "broker/runtime/recovery.h"
#include "broker/runtime/submission.h"
#include "proto/types/topic.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"
#include "tests/simulation/oracle.h"

namespace noroshi::simulation {

SimulatedBroker::SimulatedBroker(Parts parts) : parts_(std::move(parts)) {}

void SimulatedBroker::start() {
  ++incarnation_;
  process_ = std::make_unique<Process>(parts_.settings, parts_.log, *this);
  runtime::recover(process_->broker, log_, parts_.registrar);
  for (const Entry& entry : log_.stored()) note_revocation(wire::decode_entry(entry));
  parts_.network.broker_up([this](const core::Peer& peer, const Bytes& frame) { receive(peer, frame); });
  tick();
}

void SimulatedBroker::crash() {
  ++incarnation_;
  process_.reset();
  parts_.judge.saw("crash");
  parts_.network.broker_down();
}

void SimulatedBroker::later(std::int64_t us, std::function<void()> action) {
  parts_.clock.after(us, [this, incarnation = incarnation_, action = std::move(action)] {
    if (incarnation == incarnation_) action();
  });
}

void SimulatedBroker::handle(core::Command command) {
  process_->driver.handle(std::move(command));
  do process_->driver.finish_turn();
  while (process_->driver.more());
}

void SimulatedBroker::tick() {
  handle(core::Tick{});
  later(100'000, [this] { tick(); });
}

void SimulatedBroker::receive(const core::Peer& peer, const Bytes& frame) {
  const Member* member = process_->broker.roster().by_transport_key(peer.key);
  if (!member || !member->may_connect(peer.key, now())) return;  // ZAP: such a key gets no connection
  process_->peers[peer.id] = member->organization;
  auto parsed = transport::parse_client_frame(frame);
  if (!process_->driver.admits(transport::to_arrival(peer, frame.size(), parsed))) return;
  if (const auto* reason = std::get_if<Reason>(&parsed)) return handle(core::BadFrame{peer, *reason});
  const auto& message = std::get<v1::ClientMessage>(parsed);
  if (message.has_submit()) {
    auto submit = runtime::check_submission(peer, message.submit(), member->signing_keys_at(now()));
    process_->last_verified = std::max(process_->last_verified, now() + parts_.chance.between(20, 500));
    return later(process_->last_verified - now(), [this, submit = std::move(submit)] { handle(submit); });
  }
  if (message.has_receipt())
    return handle(runtime::check_receipt(peer, message.receipt(), member->signing_keys_at(now())));
  if (message.has_replay()) process_->asked[peer.id] = log_.head();
  if (message.has_hello() && !process_->seals.hello(peer.id, message.hello().session_key()))
    return handle(core::BadFrame{peer, Reason::malformed});
  handle(*transport::to_command(peer, message));
}

void SimulatedBroker::change_member(const v1::MemberChange& change, const Member& member) {
  handle(core::ChangeMember{1, change.SerializeAsString(), member});
}

void SimulatedBroker::change_posture(Posture posture) { handle(core::ChangePosture{2, {posture, "simulated"}}); }

// A commit takes a while; the crash may come before it is durable, or after that and before anybody knows.
void SimulatedBroker::append(std::vector<core::Append> batch) {
  judge_batch(batch);
  later(parts_.chance.between(100, 3'000), [this, batch = std::move(batch)]() mutable {
    core::Committed committed;
    std::vector<store::NewEntry> entries;
    for (core::Append& append : batch) {
      committed.records.push_back(runtime::make_record(std::move(append), wire::random_salt()));
      const Record& record = *committed.records.back();
      entries.push_back({record.entry, record.report() ? record.report()->id : ReportId{}});
    }
    try {
      log_.append(entries);
    } catch (const std::logic_error& error) {
      parts_.judge.blame(std::string("the log refused a batch: ") + error.what());
      return;
    }
    later(parts_.chance.between(10, 1'000), [this, committed = std::move(committed)] {
      for (const RecordPtr& record : committed.records) note_revocation(*record);
      handle(committed);
    });
  });
}

// From the moment the core hears of it, live or at a restart.
void SimulatedBroker::note_revocation(const Record& record) {
  if (const auto* member = std::get_if<Member>(&record.content); member && member->revoked)
    revoked_.insert(member->organization);
}

void SimulatedBroker::read(core::ReadRequest request) {
  later(parts_.chance.between(50, 20'000), [this, request = std::move(request)] {
    store::ReadResult result = log_.read(request.from, {request.kinds, request.lane},
                                         {static_cast<std::size_t>(parts_.chance.between(1, 40)), 1 << 20});
    core::ReadDone done{request.peer, request.read, {}, result.upto};
    for (Entry& entry : result.entries) done.records.push_back(runtime::record_of(std::move(entry), log_));
    handle(std::move(done));
  });
}

void SimulatedBroker::prove(core::ProofRequest request) {
  later(parts_.chance.between(50, 20'000),
        [this, request] { handle(runtime::Notary("simulated", parts_.log, log_).prove(request)); });
}

void SimulatedBroker::send(PeerId peer, const core::Message& message) {
  if (const auto* accepted = std::get_if<core::Accepted>(&message)) {
    const auto entry = log_.find(accepted->report);
    if (!entry || entry->seq != accepted->seq)
      parts_.judge.blame("accepted before durable, or as another entry: " + accepted->report.value);
    parts_.judge.saw("accepted " + accepted->report.value + "@" + std::to_string(accepted->seq.value));
  }
  if (const auto* taken = std::get_if<core::ReceiptAccepted>(&message); taken && !taken->duplicate) {
    const auto& stored = log_.stored();
    if (taken->seq == Seq{} || taken->seq.value > stored.size() ||
        stored[taken->seq.value - 1].kind != EntryKind::receipt)
      parts_.judge.blame("a receipt taken before durable");
  }
  if (const auto* deliver = std::get_if<core::Deliver>(&message)) judge_delivery(peer, deliver->entries);
  if (const auto* chunk = std::get_if<core::ReplayChunk>(&message)) judge_replay(peer, chunk->entries);
  const auto frame = process_->seals.frame(peer, message, now());
  if (!frame) return;
  if (parts_.network.to_client(peer, *frame)) return;
  process_->seals.forget(peer);
  later(0, [this, peer] { handle(core::PeerGone{peer}); });
}

void SimulatedBroker::publish(const core::FeedItem& item) {
  const Record& record = *item.entry.record();
  if (!durable(record.entry)) parts_.judge.blame("on the open feed before durable");
  if (!record.report() || !oracle_allows_public(*record.report()))
    parts_.judge.blame("on the open feed, and not open: " + item.topic);
}

void SimulatedBroker::close(PeerId peer) {
  process_->seals.forget(peer);
  parts_.network.close_peer(peer);
}

// Urgent never queues behind batched: no batch carries a batched report while an urgent one is left behind or stands
// after it.
void SimulatedBroker::judge_batch(const std::vector<core::Append>& batch) {
  bool batched_seen = false;
  std::size_t urgent = 0;
  for (const core::Append& entry : batch) {
    if (entry.kind != EntryKind::report) continue;
    if (entry.lane == Lane::batched) batched_seen = true;
    if (entry.lane == Lane::urgent) ++urgent;
    if (entry.lane == Lane::urgent && batched_seen)
      parts_.judge.blame("an urgent report stands behind a batched one in its batch");
  }
  if (batched_seen && process_->broker.backlog(Lane::urgent) > urgent)
    parts_.judge.blame("a batched report is written while an urgent one waits");
  parts_.judge.saw("batch " + std::to_string(batch.size()));
}

bool SimulatedBroker::durable(const Entry& entry) {
  const auto& stored = log_.stored();
  return entry.seq.value >= 1 && entry.seq.value <= stored.size() && stored[entry.seq.value - 1].body == entry.body;
}

void SimulatedBroker::judge_delivery(PeerId peer, const std::vector<core::Released>& entries) {
  const std::string& organization = process_->peers[peer];
  for (const core::Released& released : entries) {
    const Record& record = *released.record();
    ++parts_.judge.deliveries;
    parts_.judge.saw(organization + "<" + std::to_string(record.entry.seq.value));
    if (!durable(record.entry)) parts_.judge.blame("delivered before durable, to " + organization);
    if (revoked_.contains(organization)) parts_.judge.blame("delivered to revoked " + organization);
    if (!record.report() || !oracle_allows(parts_.members.at(organization), *record.report()))
      parts_.judge.blame("delivered to un-entitled " + organization);
  }
}

// That it is read stands in the log, for good, before the first entry goes out.
void SimulatedBroker::judge_replay(PeerId peer, const std::vector<core::Released>& entries) {
  const std::string& organization = process_->peers[peer];
  const auto& stored = log_.stored();
  const auto since = stored.begin() + static_cast<std::ptrdiff_t>(process_->asked[peer].value);
  const bool noted = std::any_of(since, stored.end(), [&](const Entry& entry) {
    if (entry.kind != EntryKind::access) return false;
    const Record record = wire::decode_entry(entry);
    return std::get<Access>(record.content).organization == organization;
  });
  if (!noted) parts_.judge.blame("read before the log says so, by " + organization);
  for (const core::Released& released : entries) {
    const Record& record = *released.record();
    ++parts_.judge.deliveries;
    parts_.judge.saw(organization + "<<" + std::to_string(record.entry.seq.value) + (released.redacted() ? "-" : ""));
    if (!durable(record.entry)) parts_.judge.blame("replayed before durable, to " + organization);
    if (!released.redacted() && record.report() && !oracle_allows(parts_.members.at(organization), *record.report()))
      parts_.judge.blame("replayed to un-entitled " + organization);
  }
}

}  // namespace noroshi::simulation
