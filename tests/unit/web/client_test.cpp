// What comes back for a request, and what does not: however large it is, and whoever hangs.
#include "proto/web/client.h"

#include <netdb.h>

#include <chrono>
#include <latch>
#include <stdexcept>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/raw_server.h"

namespace {

using namespace noroshi;

std::latch& name_servers_answer() {
  static auto& out = *new std::latch(1);  // whoever waits for it may outlive the tests
  return out;
}

}  // namespace

// In place of the C library's: knows this machine by its number; any name hangs.
extern "C" int getaddrinfo(const char* name, const char* port, const addrinfo*, addrinfo** out) {
  if (std::string_view(name) != "127.0.0.1") name_servers_answer().wait();
  thread_local sockaddr_in address{};
  thread_local addrinfo found{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  found.ai_family = AF_INET;
  found.ai_socktype = SOCK_STREAM;
  found.ai_addr = reinterpret_cast<sockaddr*>(&address);
  found.ai_addrlen = sizeof address;
  *out = &found;
  return 0;
}
extern "C" void freeaddrinfo(addrinfo*) noexcept {}

namespace {

constexpr std::size_t kMost = 10;

web::Answer answer_of(const std::string& said, std::size_t most = kMost) {
  const test::RawServer server(said);
  const std::atomic<bool> stop = false;
  web::Client client({}, 60, stop);
  return client.post({"http", "127.0.0.1", server.port(), "/"}, {}, "{\"a\":1}", most);
}

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nRetry-After: 7\r\n";

TEST_CASE("a body comes back however its end is told, up to a bound") {
  for (const std::string& said : {kHead + "Content-Length: 10\r\n\r\n0123456789", kHead + "\r\n0123456789",
                                  kHead + "Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"}) {
    const web::Answer answer = answer_of(said);
    INFO(said);
    CHECK(answer.trouble.empty());
    CHECK(answer.status == 200);
    CHECK(answer.type == "text/plain");
    CHECK(answer.retry_after == "7");
    CHECK(answer.body == "0123456789");
    const web::Answer bounded = answer_of(said, kMost - 1);
    CHECK(bounded.trouble.find("too long; the most, in bytes: 9") != std::string::npos);
    CHECK(bounded.body.empty());
    CHECK(bounded.status == 0);
  }
  CHECK(answer_of(kHead + "Content-Length: 0\r\n\r\n").body.empty());
}

TEST_CASE("a body that ends before its end is none") {
  CHECK(answer_of(kHead + "Content-Length: 10\r\n\r\n01234").trouble.find("cannot be read") != std::string::npos);
}

TEST_CASE("a body that is not asked for is not read, however large it says it is") {
  for (const char* length :
       {"Content-Length: 99999999999999\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n"}) {
    const web::Answer answer = answer_of(kHead + length, 0);
    CHECK(answer.trouble.empty());
    CHECK(answer.status == 200);
  }
}

TEST_CASE("name servers that hang hold up neither the next attempt nor the end") {
  const web::Address somewhere{"http", "witness.example", 80, "/"};
  std::atomic<bool> stop = false;
  CHECK(web::Client({}, 1, stop).post(somewhere, {}, {}).trouble.find("no answer within seconds: 1") !=
        std::string::npos);
  stop = true;
  CHECK(web::Client({}, 3600, stop).post(somewhere, {}, {}).trouble.find("stops") != std::string::npos);
  name_servers_answer().count_down();
}

}  // namespace
