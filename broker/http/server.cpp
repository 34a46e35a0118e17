#include "broker/http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <exception>
#include <thread>
#include <utility>

#include "proto/types/listening.h"

namespace noroshi::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeaderBytes = 8 * 1024;  // a GET of a scraper has a few hundred
constexpr std::chrono::seconds kRequestTime{5};   // from connect to the whole answer
constexpr std::chrono::seconds kLingerTime{1};    // for the other end to have read a refusal
constexpr int kNice = 10;
constexpr std::size_t kConnections = 64;               // at once; for one more the oldest is cut
constexpr std::int64_t kFresh = 5 * kMicrosPerSecond;  // the reactor takes a snapshot at least every second
constexpr const char* kForever = "public, max-age=31536000, immutable";
constexpr std::chrono::milliseconds kAcceptPause{100};  // when there are no descriptors left

Micros wall_clock() {
  return Micros{
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

tcp::acceptor listen(asio::io_context& io, const std::string& host, int port) {
  const tcp::endpoint endpoint(asio::ip::make_address(host), static_cast<unsigned short>(port));
  try {
    return {io, endpoint};
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(
        cannot_listen("http://" + host + ":" + std::to_string(port), error.code().message(), "http.host"));
  }
}

Answer health(const Snapshot& snapshot) {
  if (!snapshot.ready)
    return {Status::service_unavailable, "not ready: the broker is starting, stopping or has failed\n"};
  // Either way: a clock that was set back must not make an old picture look new.
  if (std::abs(wall_clock() - snapshot.taken_at) >= kFresh)
    return {Status::service_unavailable, "stale: the broker has not moved for 5 seconds\n"};
  return {Status::ok, "ok\n"};
}

Answer answer_to(std::string_view target, const Snapshot& snapshot, const Files& files) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == "/healthz") return health(snapshot);
  if (path == "/metrics") return {Status::ok, metrics_text(snapshot), "text/plain; version=0.0.4; charset=utf-8"};
  if (files)
    if (auto file = files(path)) return *std::move(file);
  return {Status::not_found, "not found: there are /healthz, /metrics, /checkpoint and /tile/\n"};
}

// One request, one answer, then closed. All on the server's one thread; a connection that waits holds up no other.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(tcp::socket socket, const SnapshotBox& snapshots, const Files& files)
      : stream_(std::move(socket)), snapshots_(snapshots), files_(files) {}
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  void start() {
    stream_.expires_after(kRequestTime);
    parser_.header_limit(kHeaderBytes);
    parser_.body_limit(boost::none);  // bodies are not read: answer() says what it thinks of them
    beast::http::async_read_header(
        stream_, buffer_, parser_,
        [self = shared_from_this()](const error_code& error, std::size_t) { self->answer(error); });
  }

  void cut() { stream_.close(); }

 private:
  void answer(const error_code& error) {
    using beast::http::verb;
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow)
      return reply({Status::header_fields_too_large, "the request is too large\n"});
    // An end of the connection or the deadline: nobody to answer. What the parser says, it says to the client.
    if (error && error.category() != beast::http::make_error_code(beast::http::error::bad_method).category()) return;
    if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message) return;
    if (error) return reply({Status::bad_request, "this is no HTTP request\n"});

    const auto& request = parser_.get();
    head_ = request.method() == verb::head;
    if (request.method() != verb::get && !head_) {
      response_.set(beast::http::field::allow, "GET, HEAD");
      return reply({Status::method_not_allowed, "only GET and HEAD are served\n"});
    }
    if (parser_.chunked() || parser_.content_length().value_or(0) != 0)
      return reply({Status::payload_too_large, "a request has no body here\n"});
    reply(answer_to({request.target().data(), request.target().size()}, *snapshots_.get(), files_));
  }

  void reply(Answer answer) {
    response_.result(static_cast<unsigned>(answer.status));
    response_.version(11);
    response_.keep_alive(false);
    response_.set(beast::http::field::server, "noroshi");
    response_.set(beast::http::field::content_type, answer.type);
    response_.set(beast::http::field::cache_control, answer.caching == Caching::forever ? kForever : "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    if (answer.status == Status::too_many_requests) response_.set(beast::http::field::retry_after, "1");
    response_.content_length(answer.body.size());
    if (!head_) response_.body() = std::move(answer.body);
    beast::http::async_write(stream_, response_, [self = shared_from_this()](const error_code& error, std::size_t) {
      if (!error) self->part();
    });
  }

  // A close while bytes are still coming in is a reset, which can take the answer away before it was read: say that we
  // are done, and take what comes until the other end is done too.
  void part() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLingerTime);
    drain();
  }

  void drain() {
    stream_.async_read_some(asio::buffer(rest_), [self = shared_from_this()](const error_code& error, std::size_t) {
      if (!error) self->drain();
    });
  }

  beast::tcp_stream stream_;
  const SnapshotBox& snapshots_;
  const Files& files_;
  beast::flat_buffer buffer_{2 * kHeaderBytes};
  beast::http::request_parser<beast::http::empty_body> parser_;
  beast::http::response<beast::http::string_body> response_;
  bool head_ = false;
  std::array<char, 4096> rest_;
};

}  // namespace

struct Server::Impl {
  Impl(const std::string& host, int port, const SnapshotBox& snapshots_, Files files_)
      : snapshots(snapshots_), files(std::move(files_)), acceptor(listen(io, host, port)), pause(io), thread([this] {
          run();
        }) {}

  ~Impl() {
    io.stop();
    thread.join();
  }

  void run() {
    // On Linux a thread has a nice value of its own: whoever fetches tiles by the thousand must not be felt on the lanes.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
    accept();
    while (!io.stopped()) {
      try {
        io.run();
      } catch (const std::exception& error) {  // a console nobody can reach must not end the broker
        spdlog::error("http: {}", error.what());
      }
    }
  }

  void accept() {
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error) {
        spdlog::warn("http: a connection could not be accepted: {}", error.message());
        pause.expires_after(kAcceptPause);
        pause.async_wait([this](const error_code& stopped) {
          if (!stopped) accept();
        });
        return;
      }
      make_room();
      auto fresh = std::make_shared<Conversation>(std::move(socket), snapshots, files);
      fresh->start();
      in_order.push_back(fresh);
      accept();
    });
  }

  // The one that has come first has had the longest time to say what it wants: a health check that comes now is heard.
  void make_room() {
    std::erase_if(in_order, [](const auto& each) { return each.expired(); });
    if (in_order.size() < kConnections) return;
    if (const auto oldest = in_order.front().lock()) oldest->cut();
    in_order.pop_front();
  }

  const SnapshotBox& snapshots;
  const Files files;
  std::deque<std::weak_ptr<Conversation>> in_order;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::thread thread;
};

Server::Server(const std::string& host, int port, const SnapshotBox& snapshots, Files files)
    : impl_(std::make_unique<Impl>(host, port, snapshots, std::move(files))) {}
Server::~Server() = default;

}  // namespace noroshi::http
