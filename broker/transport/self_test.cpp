#include "broker/transport/self_test.h"

#include <array>
#include <chrono>
#include <cstring>

namespace noroshi::transport {

namespace {

constexpr auto kPatience = std::chrono::seconds(5);
constexpr auto kBetweenServing = std::chrono::milliseconds(5);

zmq::const_buffer buffer_of(const PublicKey& key) { return {key.data(), key.size()}; }

}  // namespace

void refuse_strangers(zmq::context_t& context, ZapHandler& zap, const std::string& endpoint, const PublicKey& server) {
  const auto serve = [&zap] { zap.serve(); };
  refuse_strangers(context, serve, endpoint, server, kPatience);
}

void refuse_strangers(zmq::context_t& context, const std::function<void()>& serve, const std::string& endpoint,
                      const PublicKey& server, std::chrono::milliseconds patience) {
  const wire::TransportKey stranger = wire::make_transport_key();
  zmq::socket_t client(context, zmq::socket_type::dealer);
  client.set(zmq::sockopt::linger, 0);
  client.set(zmq::sockopt::ipv6, true);
  client.set(zmq::sockopt::curve_serverkey, buffer_of(server));
  client.set(zmq::sockopt::curve_publickey, buffer_of(stranger.public_key));
  client.set(zmq::sockopt::curve_secretkey,
             zmq::const_buffer(stranger.secret.bytes().data(), stranger.secret.bytes().size()));
  zmq::socket_t monitor(context, zmq::socket_type::pair);
  monitor.set(zmq::sockopt::linger, 0);
  // A name of its own each time: libzmq frees the last one in its own time.
  static int tests = 0;
  const std::string watch = "inproc://self-test." + std::to_string(++tests);
  if (zmq_socket_monitor(client.handle(), watch.c_str(),
                         ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) != 0)
    throw zmq::error_t();
  monitor.connect(watch);
  client.connect(endpoint);

  struct Unwatch {
    zmq::socket_t& socket;
    ~Unwatch() { zmq_socket_monitor(socket.handle(), nullptr, 0); }
  } const unwatch{client};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    std::array<zmq::pollitem_t, 1> items{{{monitor.handle(), 0, ZMQ_POLLIN, 0}}};
    zmq::poll(items.data(), items.size(), kBetweenServing);
    serve();
    zmq::message_t event;
    if (!monitor.recv(event, zmq::recv_flags::dontwait)) continue;
    std::uint16_t kind = 0;
    std::memcpy(&kind, event.data(), sizeof kind);
    if (kind == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) return;
    throw std::runtime_error("self-test: " + endpoint + " let in a key that nobody enrolled; refusing to open");
  }
  throw std::runtime_error("self-test: " + endpoint + " did not refuse an unknown key within " +
                           std::to_string(patience.count()) + " ms; refusing to open");
}

}  // namespace noroshi::transport
