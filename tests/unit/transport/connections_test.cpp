// The account of a bound socket's connections, and the peers behind them. Real sockets on loopback.
#include "broker/transport/connections.h"

#include <zmq_addon.hpp>

#include "broker/transport/context.h"
#include "broker/transport/lane_socket.h"
#include "broker/transport/zap_handler.h"
#include "proto/types/limits.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::transport;
using namespace std::literals;

namespace {

// A host that lets everybody in.
struct Host {
  zmq::context_t context = make_context();
  RoutingIds ids;
  ZapHandler zap{context, ids, [](const PublicKey&) { return true; }};
  wire::TransportKey key = wire::make_transport_key();

  zmq::socket_t client_of(const zmq::socket_t& server) {
    const wire::TransportKey own = wire::make_transport_key();
    const std::string_view secret = own.secret.bytes();
    zmq::socket_t dealer(context, zmq::socket_type::dealer);
    dealer.set(zmq::sockopt::linger, 0);
    dealer.set(zmq::sockopt::curve_serverkey, zmq::const_buffer(key.public_key.data(), key.public_key.size()));
    dealer.set(zmq::sockopt::curve_publickey, zmq::const_buffer(own.public_key.data(), own.public_key.size()));
    dealer.set(zmq::sockopt::curve_secretkey, zmq::const_buffer(secret.data(), secret.size()));
    dealer.connect(server.get(zmq::sockopt::last_endpoint));
    return dealer;
  }
  // Until something may have come.
  void wait(zmq::socket_t& server) {
    std::array<zmq::pollitem_t, 2> items{
        {{server.handle(), 0, ZMQ_POLLIN, 0}, {zap.socket().handle(), 0, ZMQ_POLLIN, 0}}};
    zmq::poll(items.data(), items.size(), std::chrono::milliseconds(5));
    zap.serve();
  }
};

struct Line : Host {
  zmq::socket_t router{context, zmq::socket_type::router};
  Connections connections{context, router, "test"};
  zmq::socket_t dealer;

  Line() {
    harden(router, key, {IoThread::others, Admission::members, 1 << 20, 100});
    noroshi::transport::bind(router, "tcp://127.0.0.1:*");
    dealer = client_of(router);
  }

  // Sends a message; the descriptor on which it came. `again`: until one comes, since some may be lost with a connection.
  int carry(std::size_t size, bool again = false) {
    dealer.send(zmq::buffer(std::string(size, 'x')));
    std::vector<zmq::message_t> frames;
    while (!zmq::recv_multipart(router, std::back_inserter(frames), zmq::recv_flags::dontwait)) {
      wait(router);
      if (again) dealer.send(zmq::buffer(std::string(size, 'x')), zmq::send_flags::dontwait);
    }
    return zmq_msg_get(frames.back().handle(), ZMQ_SRCFD);
  }
};

}  // namespace

TEST_CASE("a message is as long on the wire as we reckon") {
  Line line;
  const int descriptor = line.carry(5);
  // 222 bytes are the most that go with a short length; what is reckoned wrong adds up over a connection's years.
  for (const std::size_t size : {0U, 1U, 221U, 222U, 223U, 1000U, 70'000U}) {
    const std::uint64_t before = traffic(descriptor).received;
    line.carry(size);
    CHECK(traffic(descriptor).received - before == wire_bytes(size));
  }
}

TEST_CASE("a descriptor is a connection until that one ends") {
  Line line;
  const int descriptor = line.carry(5);
  const Connections::Name name = line.connections.name(descriptor);
  CHECK(name.number > 0);
  CHECK(line.connections.name(descriptor).number == name.number);
  CHECK(line.connections.name(-1).number == 0);
  line.connections.cut({descriptor, name.number + 1});  // another one's name: nothing
  CHECK(line.carry(5) == descriptor);
  CHECK(line.connections.name(descriptor).number == name.number);
  line.connections.cut(name);
  int next = descriptor;
  while (line.connections.name(next).number <= name.number) next = line.carry(5, true);  // until by a new connection
  CHECK(line.connections.name(next).number > name.number);
}

TEST_CASE("a peer that does not take what it is sent is cut, one that does is not") {
  Line line;
  const Connections::Name name = line.connections.name(line.carry(5));
  line.connections.gave(name, limits::kUnsentBytes);
  line.connections.gave({name.descriptor, name.number + 1}, 2 * limits::kUnsentBytes);  // another one's
  CHECK(line.carry(5) == name.descriptor);
  line.connections.gave(name, 2 * limits::kUnsentBytes);
  int next = name.descriptor;
  while (line.connections.name(next).number <= name.number) next = line.carry(5, true);
  CHECK(line.connections.name(next).number > name.number);
}

TEST_CASE("what a peer said before it was closed is not taken for a newcomer's") {
  Host host;
  LaneSocket lane(host.context, core::Door::batched, "tcp://127.0.0.1:*", host.key, host.ids);
  const auto receive = [&] {
    auto received = lane.receive(Micros{1});
    for (; !received; received = lane.receive(Micros{1})) host.wait(lane.socket());
    return *received;
  };
  zmq::socket_t talker = host.client_of(lane.socket());
  for (int i = 0; i < 100; ++i) talker.send(zmq::buffer("talk"sv));
  const PeerId closed = receive().peer.id;
  lane.close(closed);
  CHECK_FALSE(lane.send(closed, "too late"));
  talker.close();

  // Its words still wait on the socket. As a newcomer's they would be answered by cutting whoever has its descriptor now.
  zmq::socket_t newcomer = host.client_of(lane.socket());
  newcomer.send(zmq::buffer("hello"sv));
  CHECK(receive().frame == "hello");
  CHECK(lane.sweep(Micros{1} + 61 * kMicrosPerSecond).size() == 1);  // who was closed is not reported once more
}
