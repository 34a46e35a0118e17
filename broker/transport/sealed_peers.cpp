#include "broker/transport/sealed_peers.h"

namespace noroshi::transport {

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
    frame.set_header(it->second.sealer->header());
  }
  if (!it->second.sealer) return std::nullopt;
  frame.set_sealed(it->second.sealer->seal(encoder_.encode(message, now).SerializeAsString()));
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
