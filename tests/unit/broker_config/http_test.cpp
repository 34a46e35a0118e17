// The HTTP server as a stranger on loopback sees it: raw bytes over a socket.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "broker/http/server.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class Client {
 public:
  explicit Client(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = loopback(port);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("nothing listens");
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;  // the server has heard enough
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  // Until the server closes; "" if it closes without a word.
  std::string hear() {
    std::string out;
    char part[4096];
    for (;;) {
      pollfd each{fd_, POLLIN, 0};
      if (::poll(&each, 1, 30'000) == 0) throw std::runtime_error("the server neither answers nor closes");
      const ssize_t n = ::recv(fd_, part, sizeof part, 0);
      if (n <= 0) return out;
      out.append(part, static_cast<std::size_t>(n));
    }
  }

 private:
  int fd_;
};

// A port that was free a moment ago.
int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool known = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!known) throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

Micros now() {
  return Micros{
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

struct Fixture {
  http::SnapshotBox snapshots;
  int port = free_port();
  http::Server server{"127.0.0.1", port, snapshots};

  void put(bool ready, Micros taken_at) {
    auto snapshot = std::make_shared<http::Snapshot>();
    snapshot->ready = ready;
    snapshot->taken_at = taken_at;
    snapshots.put(std::move(snapshot));
  }
  std::string ask(const std::string& request) const {
    Client client(port);
    client.say(request);
    return client.hear();
  }
  std::string get(const std::string& path) const { return ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"); }
};

std::string status_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
std::string body_of(const std::string& answer) {
  const auto at = answer.find("\r\n\r\n");
  return at == std::string::npos ? "" : answer.substr(at + 4);
}

TEST_CASE("/healthz follows the snapshot") {
  Fixture f;
  CHECK(status_of(f.get("/healthz")) == "HTTP/1.1 503 Service Unavailable");  // before the first snapshot
  f.put(true, now());
  CHECK(status_of(f.get("/healthz")) == "HTTP/1.1 200 OK");
  CHECK(body_of(f.get("/healthz?verbose")) == "ok\n");
  f.put(false, now());
  CHECK(body_of(f.get("/healthz")).find("not ready") == 0);
  f.put(true, now() + -6 * kMicrosPerSecond);
  CHECK(status_of(f.get("/healthz")) == "HTTP/1.1 503 Service Unavailable");
  CHECK(body_of(f.get("/healthz")).find("stale") == 0);
  f.put(true, now() + 60 * kMicrosPerSecond);  // the clock was set back
  CHECK(status_of(f.get("/healthz")) == "HTTP/1.1 503 Service Unavailable");
}

TEST_CASE("requests and their answers") {
  Fixture f;
  f.put(true, now());
  const std::string large(20'000, 'a');
  struct Row {
    const char* what;
    std::string request;
    const char* status;
  };
  const std::vector<Row> table{
      {"metrics", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK"},
      {"an old client", "GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK"},
      {"no such path", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 Not Found"},
      {"a path that only begins so", "GET /metricsx HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 Not Found"},
      {"a path out of the root", "GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 Not Found"},
      {"POST", "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 405 Method Not Allowed"},
      {"DELETE", "DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
      {"an unknown verb", "BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
      {"GET with a body", "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
       "HTTP/1.1 413 Payload Too Large"},
      {"an endless body", "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n",
       "HTTP/1.1 413 Payload Too Large"},
      {"a large header", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + large + "\r\n\r\n",
       "HTTP/1.1 431 Request Header Fields Too Large"},
      {"a large path", "GET /" + large + " HTTP/1.1\r\nHost: x\r\n\r\n",
       "HTTP/1.1 431 Request Header Fields Too Large"},
      {"no HTTP", "hello broker\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"binary", std::string("\x16\x03\x01\x00\x00\r\n\r\n", 9), "HTTP/1.1 400 Bad Request"},
  };
  for (const Row& row : table) {
    INFO(row.what);
    const std::string answer = f.ask(row.request);
    CHECK(status_of(answer) == row.status);
    CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
  }
  CHECK(f.ask("POST / HTTP/1.1\r\n\r\n").find("\r\nAllow: GET, HEAD\r\n") != std::string::npos);
  CHECK(f.get("/metrics").find("Content-Type: text/plain; version=0.0.4") != std::string::npos);
  CHECK(body_of(f.get("/metrics")) == http::metrics_text(*f.snapshots.get()));
}

TEST_CASE("HEAD gives the head of the same answer") {
  Fixture f;
  f.put(true, now());
  const std::string head = f.ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_of(head) == "HTTP/1.1 200 OK");
  CHECK(body_of(head).empty());
  CHECK(head.find("Content-Length: " + std::to_string(http::metrics_text(*f.snapshots.get()).size())) !=
        std::string::npos);
}

TEST_CASE("a slow request holds up no other, and is given up in the end") {
  Fixture f;
  f.put(true, now());
  Client slow(f.port);
  slow.say("GET /healthz HTTP/1.1\r\nHo");
  for (int i = 0; i < 10; ++i) CHECK(status_of(f.get("/metrics")) == "HTTP/1.1 200 OK");
  CHECK(slow.hear().empty());
  f.put(true, now());
  CHECK(status_of(f.get("/healthz")) == "HTTP/1.1 200 OK");
}

TEST_CASE("for one connection more than there is room for the oldest is closed") {
  Fixture f;
  f.put(true, now());
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 80; ++i) idle.push_back(std::make_unique<Client>(f.port));
  CHECK(status_of(f.get("/healthz")) == "HTTP/1.1 200 OK");
  idle.back()->say("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(idle.back()->hear()) == "HTTP/1.1 200 OK");
  CHECK(idle.front()->hear().empty());
}

TEST_CASE("the server stops with requests open, and says when its port is taken") {
  Fixture f;
  CHECK_THROWS(http::Server("127.0.0.1", f.port, f.snapshots));
  Client open(f.port);
  open.say("GET /heal");
}

}  // namespace
