// The self-test before a broker opens, against ZAP handlers that do not do their work. Real sockets on loopback.
#include "broker/transport/self_test.h"

#include <zmq_addon.hpp>

#include <atomic>
#include <functional>
#include <thread>

#include "broker/transport/context.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::transport;

namespace {

using Frames = std::vector<std::string>;
using Reply = std::function<Frames(const Frames& request)>;  // empty: none

constexpr std::size_t kRequestId = 1;
constexpr auto kShort = std::chrono::milliseconds(700);

// A ZAP handler of one's own making, in its own thread.
class Double {
 public:
  Double(zmq::context_t& context, Reply answer) : socket_(context, zmq::socket_type::router) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.bind("inproc://zeromq.zap.01");
    thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~Double() {
    stop_ = true;
    thread_.join();
  }
  int asked() const { return asked_; }

 private:
  void serve(const Reply& answer) {
    while (!stop_) {
      std::array<zmq::pollitem_t, 1> items{{{socket_.handle(), 0, ZMQ_POLLIN, 0}}};
      zmq::poll(items.data(), items.size(), std::chrono::milliseconds(10));
      std::vector<zmq::message_t> frames;
      if (!zmq::recv_multipart(socket_, std::back_inserter(frames), zmq::recv_flags::dontwait)) continue;
      ++asked_;
      Frames request;
      for (std::size_t n = 2; n < frames.size(); ++n) request.push_back(frames[n].to_string());  // after the envelope
      const Frames reply = answer(request);
      if (reply.empty()) continue;
      std::vector<zmq::const_buffer> out{zmq::buffer(frames[0].to_string_view()), zmq::const_buffer("", 0)};
      for (const std::string& frame : reply) out.push_back(zmq::buffer(frame));
      zmq::send_multipart(socket_, out, zmq::send_flags::dontwait);
    }
  }
  zmq::socket_t socket_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> asked_ = 0;
  std::thread thread_;
};

Frames reply(const Frames& request, std::string status) {
  return {"1.0", request.at(kRequestId), std::move(status), "", "somebody", ""};
}

// A socket as the broker binds them, on a port that is free.
struct Bound {
  explicit Bound(zmq::context_t& context) : socket(context, zmq::socket_type::router) {
    harden(socket, key, {IoThread::others, Admission::members, 1 << 20, 100});
    noroshi::transport::bind(socket, "tcp://127.0.0.1:*");
    endpoint = socket.get(zmq::sockopt::last_endpoint);
  }
  wire::TransportKey key = wire::make_transport_key();
  zmq::socket_t socket;
  std::string endpoint;
};

void test(zmq::context_t& context, const Bound& bound, std::chrono::milliseconds patience = kShort) {
  refuse_strangers(
      context, [] {}, bound.endpoint, bound.key.public_key, patience);
}

// A socket that has CURVE and nothing else, as one would write it by the book.
Bound by_the_book(zmq::context_t& context) {
  Bound bound(context);
  bound.socket = zmq::socket_t(context, zmq::socket_type::router);
  bound.socket.set(zmq::sockopt::linger, 0);
  bound.socket.set(zmq::sockopt::curve_server, true);
  const std::string_view secret = bound.key.secret.bytes();
  bound.socket.set(zmq::sockopt::curve_secretkey, zmq::const_buffer(secret.data(), secret.size()));
  bound.socket.bind("tcp://127.0.0.1:*");
  bound.endpoint = bound.socket.get(zmq::sockopt::last_endpoint);
  return bound;
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

bool let_in(const std::string& refusal) {
  return refusal.find("let in a key that nobody enrolled") != std::string::npos;
}

}  // namespace

TEST_CASE("with the right handler the broker opens") {
  zmq::context_t context = make_context();
  RoutingIds ids;
  ZapHandler zap(context, ids, [](const PublicKey&) { return false; });
  const Bound bound(context);
  CHECK(refusal([&] { refuse_strangers(context, zap, bound.endpoint, bound.key.public_key); }) == "none");
}

TEST_CASE("a handler that lets everybody in is found out") {
  zmq::context_t context = make_context();
  RoutingIds ids;
  ZapHandler zap(context, ids, [](const PublicKey&) { return true; });
  const Bound bound(context);
  CHECK(let_in(refusal([&] { refuse_strangers(context, zap, bound.endpoint, bound.key.public_key); })));
}

TEST_CASE("without a handler the broker does not open") {
  zmq::context_t context = make_context();
  const Bound bound(context);
  CHECK_THROWS_AS(test(context, bound), std::runtime_error);
}

TEST_CASE("a socket without domain lets strangers in when no handler is there, and is found out") {
  zmq::context_t context = make_context();
  const Bound bound = by_the_book(context);
  CHECK(let_in(refusal([&] { test(context, bound, std::chrono::seconds(30)); })));
}

TEST_CASE("the handler admits nobody to an empty domain, not even a member") {
  zmq::context_t context = make_context();
  RoutingIds ids;
  ZapHandler zap(context, ids, [](const PublicKey&) { return true; });
  const Bound bound = by_the_book(context);
  CHECK(refusal([&] { refuse_strangers(context, zap, bound.endpoint, bound.key.public_key); }) == "none");
}

TEST_CASE("a handler that does not answer, or not what was asked, does not open the broker") {
  struct Row {
    const char* name;
    Reply answer;
  };
  const auto row = GENERATE(values<Row>({
      {"dead", [](const Frames&) { return Frames{}; }},
      {"slower than anybody waits",
       [](const Frames& request) {
         std::this_thread::sleep_for(2 * kShort);
         return reply(request, "400");
       }},
      {"wrong version",
       [](const Frames& request) {
         Frames out = reply(request, "400");
         out[0] = "2.0";
         return out;
       }},
      {"wrong request id",
       [](const Frames& request) {
         Frames out = reply(request, "400");
         out[kRequestId] = "nobody's";
         return out;
       }},
      {"status 999", [](const Frames& request) { return reply(request, "999"); }},
      {"a status that is no number", [](const Frames& request) { return reply(request, "no"); }},
      {"frames missing",
       [](const Frames& request) {
         Frames out = reply(request, "400");
         out.resize(3);
         return out;
       }},
      {"welcomes everybody", [](const Frames& request) { return reply(request, "200"); }},
  }));
  CAPTURE(row.name);
  zmq::context_t context = make_context();
  const Double zap(context, row.answer);
  const Bound bound(context);
  CHECK_THROWS_AS(test(context, bound), std::runtime_error);
  CHECK(zap.asked() > 0);  // or it would prove nothing about the answer
}

TEST_CASE("a handler that is slow and right opens the broker") {
  zmq::context_t context = make_context();
  const Double zap(context, [](const Frames& request) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return reply(request, "400");
  });
  const Bound bound(context);
  CHECK_NOTHROW(test(context, bound, std::chrono::seconds(30)));
}
