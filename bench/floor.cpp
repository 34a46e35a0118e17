#include "bench/floor.h"

#include <fcntl.h>
#include <unistd.h>
#include <zmq.hpp>
#include <zmq_addon.hpp>

#include <atomic>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "proto/wire/signing.h"

namespace noroshi::bench {

namespace {

zmq::const_buffer raw(const PublicKey& key) { return {key.data(), key.size()}; }
zmq::const_buffer raw(const wire::SecretKey& key) { return {key.bytes().data(), key.bytes().size()}; }

zmq::socket_t client(zmq::context_t& context, const PublicKey& server, const std::string& endpoint) {
  const wire::TransportKey key = wire::make_transport_key();
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::curve_serverkey, raw(server));
  socket.set(zmq::sockopt::curve_publickey, raw(key.public_key));
  socket.set(zmq::sockopt::curve_secretkey, raw(key.secret));
  socket.connect(endpoint);
  return socket;
}

}  // namespace

struct Floor::Impl {
  explicit Impl(const std::filesystem::path& directory) {
    server_key = wire::make_transport_key();
    router.set(zmq::sockopt::linger, 0);
    router.set(zmq::sockopt::curve_server, true);
    router.set(zmq::sockopt::curve_secretkey, raw(server_key.secret));
    router.bind("tcp://127.0.0.1:*");
    const std::string endpoint = router.get(zmq::sockopt::last_endpoint);
    file = ::open((directory / "floor").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    if (file < 0) throw std::runtime_error("cannot write the floor's file");
    relay_thread = std::thread([this] { relay(); });
    sender = client(sender_context, server_key.public_key, endpoint);
    receiver_thread = std::thread([this, endpoint] { receive(endpoint); });
    while (!ready) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ~Impl() {
    stop = true;
    relay_thread.join();
    receiver_thread.join();
    ::close(file);
  }

  // "hello" makes a peer the receiver; everything else is written, synced and passed on.
  void relay() {
    std::string receiver;
    while (!stop) {
      zmq::pollitem_t item{router.handle(), 0, ZMQ_POLLIN, 0};
      zmq::poll(&item, 1, std::chrono::milliseconds(50));
      std::vector<zmq::message_t> frames;
      while (frames.clear(), zmq::recv_multipart(router, std::back_inserter(frames), zmq::recv_flags::dontwait)) {
        if (frames[1].to_string_view() == "hello") {
          receiver = frames[0].to_string();
          ready = true;
          continue;
        }
        if (::write(file, frames[1].data(), frames[1].size()) < 0 || ::fdatasync(file) != 0) std::abort();
        router.send(zmq::buffer(receiver), zmq::send_flags::sndmore);
        router.send(frames[1], zmq::send_flags::none);
      }
    }
  }

  void receive(const std::string& endpoint) {
    zmq::socket_t socket = client(receiver_context, server_key.public_key, endpoint);
    socket.send(zmq::str_buffer("hello"), zmq::send_flags::none);
    while (!stop) {
      zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
      zmq::poll(&item, 1, std::chrono::milliseconds(50));
      zmq::message_t message;
      while (socket.recv(message, zmq::recv_flags::dontwait)) {
        SteadyClock::time_point left;
        std::memcpy(&left, message.data(), sizeof left);
        into->add(SteadyClock::now() - left);
        ++received;
      }
    }
  }

  wire::TransportKey server_key;
  zmq::context_t router_context{1}, sender_context{1}, receiver_context{1};
  zmq::socket_t router{router_context, zmq::socket_type::router};
  zmq::socket_t sender;
  int file = -1;
  Samples* into = nullptr;  // written by the receiver while send() waits
  std::atomic<int> received{0};
  std::atomic<bool> ready{false}, stop{false};
  std::thread relay_thread, receiver_thread;
};

Floor::Floor(const std::filesystem::path& directory) : impl_(std::make_unique<Impl>(directory)) {}
Floor::~Floor() = default;

void Floor::send(int count, int per_second, std::size_t bytes, Samples& samples) {
  const auto period =
      std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(1.0 / per_second));
  impl_->into = &samples;
  impl_->received = 0;
  auto next = SteadyClock::now();
  for (int n = 0; n < count; ++n) {
    std::string message(bytes, 'x');
    std::this_thread::sleep_until(next);
    next += period;
    const auto now = SteadyClock::now();
    std::memcpy(message.data(), &now, sizeof now);
    impl_->sender.send(zmq::buffer(message), zmq::send_flags::none);
  }
  const auto deadline = SteadyClock::now() + std::chrono::seconds(30);
  while (impl_->received < count) {
    if (SteadyClock::now() > deadline) throw std::runtime_error("the floor lost messages");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace noroshi::bench
