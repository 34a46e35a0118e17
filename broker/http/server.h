// /healthz and /metrics on loopback. Its own thread and io_context; reads snapshots, touches nothing else.
#pragma once

#include <memory>
#include <string>

#include "broker/http/snapshot.h"

namespace noroshi::http {

class Server {
 public:
  // Binds and starts its thread. Throws boost::system::system_error (address in use).
  Server(const std::string& host, int port, const SnapshotBox& snapshots);
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
