// /healthz and /metrics on loopback, and the files it is given. Its own thread, in the background, and io_context; reads
// snapshots, touches nothing else.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/http/answer.h"
#include "broker/http/snapshot.h"

namespace noroshi::http {

// What there is besides, by path; called on the server's thread. nullopt: nothing.
using Files = std::function<std::optional<Answer>(std::string_view path)>;

class Server {
 public:
  // Binds and starts its thread. Throws boost::system::system_error (address in use).
  Server(const std::string& host, int port, const SnapshotBox& snapshots, Files files = nullptr);
  ~Server();  // stops and joins
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Prometheus text format of a snapshot.
std::string metrics_text(const Snapshot& snapshot);

}  // namespace noroshi::http
