#include "proto/channel/client_channel.h"

#include <netdb.h>
#include <zmq.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include "proto/types/limits.h"

namespace noroshi::channel {

namespace {

// One context for all channels of a program; a client needs one I/O thread.
zmq::context_t& context() {
  static zmq::context_t instance(1);
  return instance;
}

constexpr int kHighWater = 1000;
// No ZMTP heartbeats: the session has its own, which notice a frozen broker or a dead host in three seconds. And libzmq 4.3.4
// aborts the broker (assertion !_io_error) if a PING is still in its buffer when a peer that it stopped reading goes away.
// Reconnects spread out: a broker that comes back must not meet everyone at once.
constexpr int kReconnectMs = 100;
constexpr int kReconnectMaxMs = 300;  // an attempt costs the broker nothing while it is away, and an alert a second

int port_of(const wire::Credential& credential, Door door) {
  switch (door) {
    case Door::urgent: return credential.urgent_port;
    case Door::batched: return credential.batched_port;
    case Door::archive: break;
  }
  return credential.archive_port;
}

constexpr int kWatched =
    ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

zmq::const_buffer raw(const PublicKey& key) { return {key.data(), key.size()}; }

}  // namespace

struct ClientChannel::Impl {
  Impl(const wire::Credential& credential_, Door door_)
      : credential(credential_), door(door_), server(credential_.broker_transport) {}

  void open() {
    opening = Contact::none;
    admissions = 0;
    socket = zmq::socket_t(context(), zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::ipv6, true);
    socket.set(zmq::sockopt::curve_serverkey, raw(server));
    socket.set(zmq::sockopt::curve_publickey, raw(credential.transport.public_key));
    const std::string_view secret = credential.transport.secret.bytes();
    socket.set(zmq::sockopt::curve_secretkey, zmq::const_buffer(secret.data(), secret.size()));
    socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits::kBrokerFrameBytes));
    socket.set(zmq::sockopt::sndhwm, kHighWater);
    socket.set(zmq::sockopt::rcvhwm, kHighWater);
    socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
    socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
    static int opened = 0;
    const std::string watch = "inproc://channel." + std::to_string(++opened);
    if (zmq_socket_monitor(socket.handle(), watch.c_str(), kWatched) != 0) throw zmq::error_t();
    monitor = zmq::socket_t(context(), zmq::socket_type::pair);
    monitor.set(zmq::sockopt::linger, 0);
    monitor.connect(watch);
    const std::string host =
        credential.host.find(':') == std::string::npos ? credential.host : "[" + credential.host + "]";
    socket.connect("tcp://" + host + ":" + std::to_string(port_of(credential, door)));
  }

  void close() {
    if (socket) zmq_socket_monitor(socket.handle(), nullptr, 0);
    monitor.close();
    socket.close();
  }

  // Whoever took the connection and not the handshake may have the other key by now. Where nobody was, the key is not to blame.
  PublicKey key_to_try() const {
    const PublicKey& present = credential.broker_transport;
    const auto& next = credential.broker_transport_next;
    const bool with_next = next && server == next->key;
    if (!next || (!with_next && server != present)) return present;
    return with_next == (opening == Contact::connected) ? present : next->key;
  }

  void saw(std::uint16_t event) {
    if (event == ZMQ_EVENT_CONNECTED) opening = std::max(opening, Contact::connected);
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
      opening = Contact::admitted;
      again |= ++admissions > 1;
    }
    contact = std::max(contact, opening);
    // libzmq connects again by itself: perhaps to a broker that was started anew, with another key.
    if (event == ZMQ_EVENT_DISCONNECTED && opening == Contact::admitted) opening = Contact::none;
  }

  wire::Credential credential;
  Door door;
  PublicKey server;  // of the present opening
  Contact opening = Contact::none;
  int admissions = 0;  // of the present opening
  bool again = false;
  zmq::socket_t socket;
  zmq::socket_t monitor;
  Contact contact = Contact::none;
};

ClientChannel::ClientChannel(const wire::Credential& credential, Door door)
    : impl_(std::make_unique<Impl>(credential, door)) {
  impl_->open();
}

ClientChannel::~ClientChannel() {
  // The last frames (a Credit, a Goodbye) may still leave.
  impl_->socket.set(zmq::sockopt::linger, 200);
  impl_->close();
}

bool ClientChannel::send(std::string_view frame) {
  return impl_->socket.send(zmq::buffer(frame), zmq::send_flags::dontwait).has_value();
}

std::optional<Bytes> ClientChannel::receive() {
  zmq::message_t message;
  if (!impl_->socket.recv(message, zmq::recv_flags::dontwait)) return std::nullopt;
  return message.to_string();
}

bool ClientChannel::refused() {
  bool refused = false;
  zmq::message_t frame;
  while (impl_->monitor.recv(frame, zmq::recv_flags::dontwait)) {
    std::uint16_t event = 0;
    if (!frame.more()) continue;
    if (frame.size() >= sizeof event) std::memcpy(&event, frame.data(), sizeof event);
    refused |= event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    impl_->saw(event);
  }
  return refused;
}

bool ClientChannel::reconnected() { return std::exchange(impl_->again, false); }

Contact ClientChannel::contact() const { return impl_->contact; }

std::optional<PublicKey> ClientChannel::admitted_by() const {
  if (impl_->opening != Contact::admitted) return std::nullopt;
  return impl_->server;
}

bool resolves(const std::string& host) {
  addrinfo* found = nullptr;
  const bool ok = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found) == 0;
  if (found) ::freeaddrinfo(found);
  return ok;
}

void ClientChannel::reopen() {
  impl_->server = impl_->key_to_try();
  impl_->close();
  impl_->open();
}

void ClientChannel::expect(const PublicKey& present, const std::optional<wire::NextKey>& next) {
  impl_->credential.broker_transport = present;
  impl_->credential.broker_transport_next = next;
}

void ClientChannel::wait(const std::vector<ClientChannel*>& channels, std::chrono::milliseconds timeout) {
  std::vector<zmq::pollitem_t> items;
  for (ClientChannel* channel : channels) items.push_back({channel->impl_->socket.handle(), 0, ZMQ_POLLIN, 0});
  try {
    zmq::poll(items, timeout);
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) throw;
  }
}

}  // namespace noroshi::channel
