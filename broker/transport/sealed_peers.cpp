#include "broker/transport/sealed_peers.h"

#include <utility>

#include "proto/wire/decode.h"

namespace noroshi::transport {

namespace {
constexpr std::size_t kUncounted = 256;                 // of one session
constexpr std::int64_t kFresh = 10 * kMicrosPerSecond;  // what was signed last may be so old if nothing has changed
}  // namespace

void SealedPeers::note(Account& account, const core::Deliver& deliver) {
  for (const core::Released& entry : deliver.entries) account.uncounted.push_back(entry.record());
  if (account.uncounted.size() <= kUncounted) return;
  for (const RecordPtr& record : std::exchange(account.uncounted, {})) account.tally.add(record->entry);
}

void SealedPeers::promise(Account& account, const core::Beat& beat, Micros now, v1::BrokerHeartbeat& out) {
  if (!beat.promise) return;
  for (const RecordPtr& record : std::exchange(account.uncounted, {})) account.tally.add(record->entry);
  const bool news = account.signed_upto != beat.upto || account.signed_count != account.tally.count();
  if (!news && now - account.signed_at < kFresh) return;
  account.signed_upto = beat.upto;
  account.signed_count = account.tally.count();
  account.signed_at = now;
  v1::Completeness statement;
  statement.set_origin(encoder_.facts().origin);
  statement.set_organization(beat.promise->organization);
  statement.set_lane(wire::to_wire(beat.promise->lane));
  for (const std::string& topic : beat.promise->topics) statement.add_topics(topic);
  for (const Status status : beat.promise->statuses) statement.add_statuses(wire::to_wire(status));
  statement.set_after(beat.promise->after.value);
  statement.set_upto(beat.upto.value);
  statement.set_count(account.tally.count());
  statement.set_chain(std::string(tlog::octets(account.tally.chain())));
  statement.set_at_us(now.value);
  *out.mutable_completeness() = tlog::sign_completeness(encoder_.facts().log, statement);
}

bool SealedPeers::hello(PeerId peer, const Bytes& session_key) {
  if (session_key.size() != wire::kSessionKeyBytes) return false;
  seals_[peer].key = session_key;
  return true;
}

std::optional<Bytes> SealedPeers::frame(PeerId peer, const core::Message& message, Micros now) {
  if (const auto* refused = std::get_if<core::Refused>(&message))
    return encode_refused(refused->reason).SerializeAsString();
  if (std::holds_alternative<core::HelloRequired>(message)) return encode_hello_required().SerializeAsString();

  const auto it = seals_.find(peer);
  if (it == seals_.end()) return std::nullopt;
  v1::BrokerFrame frame;
  if (std::holds_alternative<core::Welcome>(message)) {
    it->second.sealer.emplace(it->second.key);
    it->second.account = {};
    frame.set_header(it->second.sealer->header());
  }
  if (!it->second.sealer) return std::nullopt;
  v1::BrokerMessage out = encoder_.encode(message, now);
  if (const auto* deliver = std::get_if<core::Deliver>(&message)) note(it->second.account, *deliver);
  if (const auto* beat = std::get_if<core::Beat>(&message))
    promise(it->second.account, *beat, now, *out.mutable_heartbeat());
  frame.set_sealed(it->second.sealer->seal(out.SerializeAsString()));
  return frame.SerializeAsString();
}

std::optional<Bytes> SealedPeers::key_frame(PeerId peer) {
  const auto it = seals_.find(peer);
  if (it == seals_.end() || !it->second.sealer) return std::nullopt;
  v1::BrokerFrame frame;
  frame.set_sealed(it->second.sealer->seal(encoder_.encode_key().SerializeAsString()));
  return frame.SerializeAsString();
}

void SealedPeers::forget(PeerId peer) { seals_.erase(peer); }

}  // namespace noroshi::transport
