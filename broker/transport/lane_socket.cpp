#include "broker/transport/lane_socket.h"

#include <zmq_addon.hpp>

#include <algorithm>

#include "proto/types/limits.h"

namespace noroshi::transport {

namespace {

// Three times the largest burst a session's credit allows; frames are what the mark counts.
constexpr int kSendHighWater = 3 * static_cast<int>(limits::kMaxCredit);
constexpr std::int64_t kForgetAfter = 60 * kMicrosPerSecond;
// Numbers below are the core's own (open feeds). One count over all sockets of the process: a PeerId names one peer.
PeerId next_peer() {
  static std::uint64_t last = 1000;
  return PeerId{++last};
}

std::optional<PublicKey> key_of(zmq::message_t& payload) {
  // On frame 0 libzmq 4.3.4 loses the User-Id; the payload frame keeps it.
  const char* user = zmq_msg_gets(payload.handle(), "User-Id");
  if (!user) return std::nullopt;
  const auto raw = wire::from_hex(user);
  PublicKey key;
  if (!raw || raw->size() != key.size()) return std::nullopt;
  std::copy(raw->begin(), raw->end(), key.begin());
  return key;
}

}  // namespace

LaneSocket::LaneSocket(zmq::context_t& context, core::Door door, const std::string& endpoint,
                       const wire::TransportKey& key, const RoutingIds& ids)
    : door_(door),
      ids_(ids),
      socket_(context, zmq::socket_type::router),
      connections_(context, socket_, std::string(core::name_of(door))) {
  harden(socket_, key,
         {door == core::Door::urgent ? IoThread::urgent : IoThread::others, Admission::members,
          static_cast<std::int64_t>(limits::kClientFrameBytes), kSendHighWater});
  socket_.set(zmq::sockopt::router_mandatory, true);
  socket_.set(zmq::sockopt::router_handover, false);
  bind(socket_, endpoint);
}

std::optional<LaneSocket::Received> LaneSocket::receive(Micros now) {
  while (true) {
    std::vector<zmq::message_t> frames;
    if (!zmq::recv_multipart(socket_, std::back_inserter(frames), zmq::recv_flags::dontwait)) return std::nullopt;
    const int descriptor = zmq_msg_get(frames.back().handle(), ZMQ_SRCFD);
    std::uint64_t bytes = 0;  // the first frame is the routing id, which is not sent
    for (std::size_t i = 1; i < frames.size(); ++i) bytes += wire_bytes(frames[i].size());
    const auto key = frames.size() == 2 ? key_of(frames[1]) : std::nullopt;
    if (!key || !ids_.gave(frames[0].to_string_view())) {
      const Connections::Name connection = connections_.name(descriptor);
      connections_.took(connection, bytes);
      if (key) connections_.cut(connection);  // it got another id than it was given: it comes again
      continue;
    }
    const PeerId peer = peer_for(frames[0].to_string(), *key);
    Address& address = addresses_[peer];
    if (address.over) continue;
    address.last_heard = now;
    if (descriptor != address.connection.descriptor) {
      address.connection = connections_.name(descriptor);
      if (!connections_.belongs_to(*key, address.connection)) continue;
    }
    connections_.took(address.connection, bytes);
    return Received{{peer, door_, *key}, frames[1].to_string()};
  }
}

PeerId LaneSocket::peer_for(std::string routing_id, const PublicKey& key) {
  const auto [it, added] = peers_.try_emplace({routing_id, key});
  if (added) {
    it->second = next_peer();
    Address& address = addresses_[it->second];
    address.routing_id = std::move(routing_id);
    address.key = key;
  }
  return it->second;
}

bool LaneSocket::send(PeerId peer, std::string_view frame) {
  const auto it = addresses_.find(peer);
  if (it == addresses_.end() || it->second.over) return false;
  const std::array<zmq::const_buffer, 2> frames{zmq::buffer(it->second.routing_id), zmq::buffer(frame)};
  try {
    // A spurious EAGAIN goes away once libzmq has looked at its commands, which reading ZMQ_EVENTS makes it do.
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (zmq::send_multipart(socket_, frames, zmq::send_flags::dontwait)) {
        connections_.gave(it->second.connection, wire_bytes(frame.size()));
        return true;
      }
      static_cast<void>(socket_.get(zmq::sockopt::events));
    }
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) throw;
    it->second.over = true;  // its connection has ended by itself; another may have the descriptor by now
    return false;
  }
  close(peer);
  return false;
}

void LaneSocket::close(PeerId peer) {
  const auto it = addresses_.find(peer);
  if (it == addresses_.end() || it->second.over) return;
  connections_.cut(it->second.connection);
  it->second.over = true;
}

std::vector<PeerId> LaneSocket::sweep(Micros now) {
  connections_.look();
  std::vector<PeerId> quiet;
  for (auto it = addresses_.begin(); it != addresses_.end();) {
    const auto& [peer, address] = *it;
    if (now - address.last_heard <= kForgetAfter) {
      ++it;
      continue;
    }
    if (!address.over) quiet.push_back(peer);
    peers_.erase({address.routing_id, address.key});
    it = addresses_.erase(it);
  }
  return quiet;
}

}  // namespace noroshi::transport
