#include "broker/transport/connections.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <zmq_addon.hpp>

#include <algorithm>
#include <cstring>
#include <vector>

#include "proto/types/limits.h"

namespace noroshi::transport {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kSilence{60};  // a client says something every second
constexpr milliseconds kLookAfter{250};
// Of one socket. An organisation has a few programs on it; a hostile one must not use up everybody's descriptors.
constexpr std::size_t kPerKey = 256;
// Received and not taken. A client has kSessionBytes on the way and then waits for answers.
constexpr std::uint64_t kUnreadBytes = 3 * limits::kSessionBytes;
constexpr std::uint64_t kUnreadBytesOfAll = 256 * limits::MiB;

}  // namespace

std::uint64_t wire_bytes(std::size_t payload) {
  const std::size_t body = payload + 33;        // "MESSAGE" and its length, a nonce, a tag, the flags
  return body + (body <= 255 ? 1 + 1 : 1 + 8);  // flags and length: ZMTP 3.1
}

Traffic traffic(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return {info.tcpi_bytes_received, info.tcpi_bytes_acked, info.tcpi_notsent_bytes};
}

std::optional<MonitorEvent> next_event(zmq::socket_t& monitor) {
  std::vector<zmq::message_t> frames;
  MonitorEvent out;
  do {
    frames.clear();
    if (!zmq::recv_multipart(monitor, std::back_inserter(frames), zmq::recv_flags::dontwait)) return std::nullopt;
  } while (frames.empty() || frames[0].size() < sizeof out.event + sizeof out.descriptor);
  std::memcpy(&out.event, frames[0].data(), sizeof out.event);
  std::memcpy(&out.descriptor, frames[0].data<char>() + sizeof out.event, sizeof out.descriptor);
  return out;
}

Connections::Connections(zmq::context_t& context, zmq::socket_t& socket, std::string name)
    : name_(std::move(name)), monitor_(context, zmq::socket_type::pair) {
  const std::string watch = "inproc://connections." + name_;
  if (zmq_socket_monitor(socket.handle(), watch.c_str(),
                         ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED) != 0)
    throw zmq::error_t();
  monitor_.set(zmq::sockopt::linger, 0);
  monitor_.connect(watch);
}

Connections::Name Connections::name(int descriptor) {
  hear_monitor();
  const auto it = open_.find(descriptor);
  return {descriptor, it == open_.end() ? 0 : it->second.number};
}

bool Connections::belongs_to(const PublicKey& key, const Name& name) {
  Connection* connection = find(name);
  if (!connection || connection->key) return true;
  if (of_key_[key] >= kPerKey) {
    cut(name);
    return false;
  }
  connection->key = key;
  ++of_key_[key];
  return true;
}

void Connections::took(const Name& name, std::uint64_t bytes) {
  Connection* connection = find(name);
  if (!connection) return;
  connection->taken += bytes;
  connection->last_heard = Clock::now();
}

void Connections::gave(const Name& name, std::uint64_t bytes) {
  Connection* connection = find(name);
  if (!connection) return;
  connection->given += bytes;
  const auto waits = [&] { return connection->given > connection->acknowledged + limits::kUnsentBytes; };
  if (!waits()) return;
  connection->acknowledged = traffic(name.descriptor).acknowledged;
  if (!waits()) return;
  spdlog::warn("{}: a peer does not take what it asks for, and was cut", name_);
  cut(name);
}

void Connections::cut(const Name& name) {
  hear_monitor();
  if (find(name)) ::shutdown(name.descriptor, SHUT_RDWR);
}

Connections::Connection* Connections::find(const Name& name) {
  const auto it = open_.find(name.descriptor);
  return it == open_.end() || it->second.number != name.number ? nullptr : &it->second;
}

void Connections::look() {
  hear_monitor();
  const auto now = Clock::now();
  if (now - looked_at_ < kLookAfter) return;
  looked_at_ = now;
  std::vector<std::pair<std::uint64_t, int>> unread;
  std::uint64_t all = 0;
  for (auto& [descriptor, connection] : open_) {
    if (now - connection.last_heard > kSilence) ::shutdown(descriptor, SHUT_RDWR);
    const std::uint64_t received = traffic(descriptor).received;
    connection.taken = std::min(connection.taken, received);
    unread.emplace_back(received - connection.taken, descriptor);
    all += unread.back().first;
  }
  std::sort(unread.rbegin(), unread.rend());
  for (const auto& [bytes, descriptor] : unread) {
    if (bytes <= kUnreadBytes && all <= kUnreadBytesOfAll) return;
    spdlog::warn("{}: a peer sends more than can be taken, or parts of a message without end, and was cut", name_);
    ::shutdown(descriptor, SHUT_RDWR);
    all -= bytes;
  }
}

void Connections::hear_monitor() {
  while (const auto heard = next_event(monitor_)) {
    end(heard->descriptor);
    if (heard->event != ZMQ_EVENT_ACCEPTED) continue;
    Connection& fresh = open_[heard->descriptor];
    fresh.number = ++seen_;
    fresh.last_heard = Clock::now();
  }
}

void Connections::end(int descriptor) {
  const auto it = open_.find(descriptor);
  if (it == open_.end()) return;
  if (it->second.key && --of_key_[*it->second.key] == 0) of_key_.erase(*it->second.key);
  open_.erase(it);
}

}  // namespace noroshi::transport
