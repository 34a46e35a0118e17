// ZAP (RFC 27): asked by libzmq at every CURVE handshake whether a key may come in. Owner: the reactor thread.
#pragma once

#include <zmq.hpp>

#include <functional>
#include <map>

#include "proto/types/allowance.h"
#include "proto/types/ids.h"

namespace noroshi::transport {

class ZapHandler {
 public:
  // Must stand before any other socket is bound. `admit`: is this the key of an active member?
  ZapHandler(zmq::context_t& context, std::function<bool(const PublicKey&)> admit);

  zmq::socket_t& socket() { return socket_; }
  // Answers one request that is waiting; false: none is.
  bool serve_one();

 private:
  bool within_rate(const PublicKey& key);

  zmq::socket_t socket_;
  std::map<PublicKey, Allowance> handshakes_;  // of keys that may come in: each may at a rate
  std::function<bool(const PublicKey&)> admit_;
};

}  // namespace noroshi::transport
