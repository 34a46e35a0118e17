#include "proto/web/client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "proto/types/words.h"

namespace noroshi::web {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kConnectTime{10};  // a server that is there answers within a round trip or two
constexpr std::chrono::milliseconds kLook{100};   // at whether the program stops
constexpr std::uint32_t kHeadBytes = 16 * 1024;   // of an answer; usual ones have some hundred
constexpr int kMostPreliminary = 8;               // answers of 1xx before the real one

// What failed, for people; ends the attempt.
struct Trouble {
  std::string words;
};

class Call {
 public:
  Call(std::int64_t timeout_seconds, const std::atomic<bool>& stop)
      : stop_(stop), timeout_seconds_(timeout_seconds), end_(Clock::now() + std::chrono::seconds(timeout_seconds)) {}

  Answer post(const Address& to, const http::request<http::string_body>& request, std::size_t most_body,
              asio::ssl::context& trust) {
    asio::ssl::stream<tcp::socket> stream(io_, trust);
    connect(stream.next_layer(), to);
    if (to.scheme != "https") return exchange(stream.next_layer(), request, most_body);
    shake_hands(stream, to);
    return exchange(stream, request, most_body);
  }

 private:
  // getaddrinfo() cannot be called off, and an io_context waits for its own: where the name servers hang, it goes on in a
  // thread that nobody waits for, until it gives up by itself.
  tcp::resolver::results_type resolve(const std::string& host, const std::string& port, Clock::time_point until) {
    struct Found {
      error_code error;
      tcp::resolver::results_type results;
    };
    std::promise<Found> promise;
    std::future<Found> found = promise.get_future();
    std::thread([host, port, promise = std::move(promise)]() mutable {
      asio::io_context io;
      Found out;
      out.results = tcp::resolver(io).resolve(host, port, out.error);
      promise.set_value(std::move(out));
    }).detach();
    while (found.wait_for(kLook) != std::future_status::ready) look(until);
    const Found out = found.get();
    check(out.error, {"名前を解決できません: ", "its name cannot be resolved: "});
    return out.results;
  }

  void look(Clock::time_point until) const {
    if (stop_) throw Trouble{say({"停止中", "the program stops"})};
    if (Clock::now() >= until)
      throw Trouble{say({"時間内に応答がありません (秒): ", "no answer within seconds: "}) +
                    std::to_string(until == end_ ? timeout_seconds_ : kConnectTime.count())};
  }

  // Runs one asynchronous step to its end. After a Trouble nothing runs any more: what is pending is dropped with io_.
  template <class Start>
  error_code finish(const Start& start, Clock::time_point until) {
    std::optional<error_code> out;
    start([&out](error_code error, const auto&...) { out = error; });
    io_.restart();
    while (!out) {
      look(until);
      io_.run_one_for(kLook);
    }
    return *out;
  }

  static void check(error_code error, Text doing) {
    if (error) throw Trouble{say(doing) + error.message()};
  }

  void connect(tcp::socket& socket, const Address& to) {
    const auto until = std::min(end_, Clock::now() + kConnectTime);
    const auto found = resolve(to.host, to.port == 0 ? to.scheme : std::to_string(to.port), until);
    check(finish([&](auto done) { asio::async_connect(socket, found, done); }, until),
          {"接続できません: ", "cannot be connected: "});
  }

  void shake_hands(asio::ssl::stream<tcp::socket>& stream, const Address& to) {
    stream.set_verify_callback(asio::ssl::host_name_verification(to.host));
    error_code error;
    asio::ip::make_address(to.host, error);
    if (error) SSL_set_tlsext_host_name(stream.native_handle(), to.host.c_str());  // of names only
    error = finish([&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, done); }, end_);
    if (!error) return;
    const long verified = SSL_get_verify_result(stream.native_handle());
    throw Trouble{say({"TLS で接続できません: ", "no TLS connection: "}) + error.message() +
                  (verified == X509_V_OK ? "" : std::string(": ") + X509_verify_cert_error_string(verified))};
  }

  template <class Stream>
  Answer exchange(Stream& stream, const http::request<http::string_body>& request, std::size_t most_body) {
    // An answer may come, and the connection end, before all is written: then the answer counts.
    const error_code wrote = finish([&](auto done) { http::async_write(stream, request, done); }, end_);
    beast::flat_buffer buffer;
    for (int n = 0; n < kMostPreliminary; ++n) {
      http::response_parser<http::empty_body> parser;
      parser.header_limit(kHeadBytes);
      parser.body_limit(boost::none);  // what is not read has no limit; what is has its own
      const error_code read = finish([&](auto done) { http::async_read_header(stream, buffer, parser, done); }, end_);
      check(read && wrote ? wrote : read, {"応答を読めません: ", "its answer cannot be read: "});
      const auto& head = parser.get();
      if (head.result_int() < 200) continue;
      Answer out{static_cast<int>(head.result_int()),
                 std::string(head[http::field::content_type]),
                 std::string(head[http::field::retry_after]),
                 {},
                 {}};
      if (most_body > 0) out.body = rest(stream, buffer, std::move(parser), most_body);
      return out;
    }
    throw Trouble{say({"応答が HTTP として正しくありません", "its answer is no proper HTTP"})};
  }

  template <class Stream>
  std::string rest(Stream& stream, beast::flat_buffer& buffer, http::response_parser<http::empty_body>&& head,
                   std::size_t most) {
    const bool fits = head.content_length().value_or(0) <= most;
    http::response_parser<http::string_body> parser(std::move(head));
    parser.body_limit(most);
    error_code read = http::error::body_limit;
    if (fits) read = finish([&](auto done) { http::async_read(stream, buffer, parser, done); }, end_);
    if (read == http::error::body_limit)
      throw Trouble{say({"応答が長すぎます (バイト、上限): ", "its answer is too long; the most, in bytes: "}) +
                    std::to_string(most)};
    check(read, {"応答を読めません: ", "its answer cannot be read: "});
    return std::move(parser.get().body());
  }

  asio::io_context io_;
  const std::atomic<bool>& stop_;
  std::int64_t timeout_seconds_;
  Clock::time_point end_;
};

}  // namespace

struct Client::Trust {
  asio::ssl::context context{asio::ssl::context::tls_client};
};

Client::Client(const std::filesystem::path& ca_file, std::int64_t timeout_seconds, const std::atomic<bool>& stop)
    : trust_(std::make_unique<Trust>()), timeout_seconds_(timeout_seconds), stop_(stop) {
  asio::ssl::context& context = trust_->context;
  context.set_verify_mode(asio::ssl::verify_peer);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  error_code error;
  if (ca_file.empty())
    context.set_default_verify_paths(error);
  else
    context.load_verify_file(ca_file.string(), error);
  if (error)
    throw std::runtime_error(ca_file.string() +
                             say({": 証明書 (PEM) を読めません。ca_file を確認してください: ",
                                  ": its certificates (PEM) cannot be read; check ca_file: "}) +
                             error.message());
}

Client::~Client() = default;

Answer Client::post(const Address& to, const Headers& headers, const std::string& body, std::size_t most_body) {
  http::request<http::string_body> request(http::verb::post, to.target.empty() ? "/" : to.target, 11, body);
  request.set(http::field::host, to.authority());
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : headers) request.set(name, value);
  request.prepare_payload();
  try {
    return Call(timeout_seconds_, stop_).post(to, request, most_body, trust_->context);
  } catch (const Trouble& trouble) {
    return {0, {}, {}, {}, trouble.words};
  }
}

}  // namespace noroshi::web
