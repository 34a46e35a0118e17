// A server on this machine that takes one connection, hears one request's head and says one thing.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace noroshi::test {

class RawServer {
 public:
  explicit RawServer(std::string answer) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 1) != 0 || ::getsockname(listener_, any, &size) != 0)
      throw std::runtime_error("no server");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, said = std::move(answer)] { serve(said); });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);  // ends a waiting accept
    thread_.join();
    ::close(listener_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }

 private:
  void serve(const std::string& answer) const {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    std::string heard(4096, '\0');
    std::string request;
    while (request.find("{\"a\":1}") == std::string::npos) {  // the body of every request in these tests
      const ssize_t n = ::recv(client, heard.data(), heard.size(), 0);
      if (n <= 0) break;
      request.append(heard, 0, static_cast<std::size_t>(n));
    }
    ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::close(client);
  }

  int listener_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace noroshi::test
