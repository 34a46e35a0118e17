#include "broker/transport/lane_socket.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <zmq_addon.hpp>

#include <algorithm>
#include <cstring>

#include "broker/transport/feed_guard.h"
#include "proto/types/limits.h"

namespace noroshi::transport {

namespace {

// Three times the largest burst a session's credit allows; frames are what the mark counts.
constexpr int kSendHighWater = 3 * static_cast<int>(limits::kMaxCredit);
// A submission may be 1 MiB; TCP holds back the sender of more.
constexpr int kReceiveHighWater = 64;
constexpr std::int64_t kForgetAfter = 60 * kMicrosPerSecond;
// What a connection may have sent and we not yet taken: a full pipe, and as much as the kernel holds. libzmq keeps the
// parts of a message until the last one comes, however many they are.
constexpr std::uint64_t kUnfinishedBytes = (kReceiveHighWater + 16) * limits::kClientFrameBytes;
constexpr std::int64_t kLookAfter = kMicrosPerSecond / 4;  // what a fast peer sends meanwhile, libzmq keeps

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
                       const wire::TransportKey& key)
    : door_(door), socket_(context, zmq::socket_type::router), monitor_(context, zmq::socket_type::pair) {
  harden(socket_, key,
         {door == core::Door::urgent ? IoThread::urgent : IoThread::others, Admission::members,
          static_cast<std::int64_t>(limits::kClientFrameBytes), kSendHighWater, kReceiveHighWater});
  socket_.set(zmq::sockopt::router_mandatory, true);
  socket_.set(zmq::sockopt::router_handover, false);
  const std::string watch = "inproc://monitor." + std::string(core::name_of(door));
  if (zmq_socket_monitor(socket_.handle(), watch.c_str(),
                         ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED) != 0)
    throw zmq::error_t();
  monitor_.set(zmq::sockopt::linger, 0);
  monitor_.connect(watch);
  bind(socket_, endpoint);
}

std::optional<LaneSocket::Received> LaneSocket::receive(Micros now) {
  while (true) {
    std::vector<zmq::message_t> frames;
    if (!zmq::recv_multipart(socket_, std::back_inserter(frames), zmq::recv_flags::dontwait)) return std::nullopt;
    const int descriptor = zmq_msg_get(frames.back().handle(), ZMQ_SRCFD);
    if (const auto connection = connections_.find(descriptor); connection != connections_.end())
      for (const zmq::message_t& frame : frames) connection->second.taken += frame.size();
    if (frames.size() != 2) continue;
    const auto key = key_of(frames[1]);
    if (!key) continue;
    const PeerId peer = peer_for(frames[0].to_string(), *key);
    Address& address = addresses_[peer];
    address.last_heard = now;
    if (descriptor != address.descriptor) {
      watch_connections();
      address.descriptor = descriptor;
      const auto connection = connections_.find(descriptor);
      address.connection = connection == connections_.end() ? 0 : connection->second.number;
    }
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
  if (it == addresses_.end()) return false;
  const std::array<zmq::const_buffer, 2> frames{zmq::buffer(it->second.routing_id), zmq::buffer(frame)};
  try {
    // A spurious EAGAIN goes away once libzmq has looked at its commands, which reading ZMQ_EVENTS makes it do.
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (zmq::send_multipart(socket_, frames, zmq::send_flags::dontwait)) return true;
      static_cast<void>(socket_.get(zmq::sockopt::events));
    }
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) throw;
  }
  close(peer);
  return false;
}

void LaneSocket::close(PeerId peer) {
  const auto it = addresses_.find(peer);
  if (it == addresses_.end()) return;
  watch_connections();
  const auto connection = connections_.find(it->second.descriptor);
  const bool still_its_own = connection != connections_.end() && connection->second.number == it->second.connection;
  if (still_its_own) ::shutdown(it->second.descriptor, SHUT_RDWR);
  forget(peer);
}

void LaneSocket::forget(PeerId peer) {
  const auto it = addresses_.find(peer);
  if (it == addresses_.end()) return;
  peers_.erase({it->second.routing_id, it->second.key});
  addresses_.erase(it);
}

std::vector<PeerId> LaneSocket::sweep(Micros now) {
  watch_connections();
  cut_the_unfinished(now);
  std::vector<PeerId> quiet;
  for (const auto& [peer, address] : addresses_)
    if (now - address.last_heard > kForgetAfter) quiet.push_back(peer);
  for (const PeerId peer : quiet) forget(peer);
  return quiet;
}

void LaneSocket::cut_the_unfinished(Micros now) {
  if (now - looked_at_ < kLookAfter && now >= looked_at_) return;
  looked_at_ = now;
  for (const auto& [descriptor, connection] : connections_) {
    if (bytes_received(descriptor) <= connection.taken + kUnfinishedBytes) continue;
    spdlog::warn("{}: a peer sends parts of a message without end and was cut", core::name_of(door_));
    ::shutdown(descriptor, SHUT_RDWR);
  }
}

// A descriptor names a connection only until it is closed and reused: count which one it is.
void LaneSocket::watch_connections() {
  while (true) {
    std::vector<zmq::message_t> frames;
    if (!zmq::recv_multipart(monitor_, std::back_inserter(frames), zmq::recv_flags::dontwait)) return;
    if (frames.empty() || frames[0].size() < 6) continue;
    std::uint16_t event = 0;
    std::int32_t descriptor = 0;
    std::memcpy(&event, frames[0].data(), sizeof event);
    std::memcpy(&descriptor, frames[0].data<char>() + sizeof event, sizeof descriptor);
    if (event == ZMQ_EVENT_ACCEPTED)
      connections_[descriptor] = {++connections_seen_};
    else
      connections_.erase(descriptor);
  }
}

}  // namespace noroshi::transport
