// ZAP (RFC 27): asked by libzmq at every CURVE handshake whether a key may come in, and under which routing id. Owner: the
// reactor thread.
#pragma once

#include <zmq.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/transport/routing_ids.h"
#include "proto/types/allowance.h"
#include "proto/types/ids.h"

namespace noroshi::transport {

class ZapHandler {
 public:
  using Clock = std::chrono::steady_clock;
  // Must stand before any other socket is bound. `admit`: is this the key of an active member? Whoever it lets in gets one
  // of `ids`.
  ZapHandler(zmq::context_t& context, RoutingIds& ids, std::function<bool(const PublicKey&)> admit);

  zmq::socket_t& socket() { return socket_; }
  // Takes what is asked and answers what is due. When the next answer is due; nullopt: none waits.
  std::optional<Clock::time_point> serve();

 private:
  using Frames = std::vector<std::string>;
  struct Answer {
    Clock::time_point due;
    Frames frames;
  };
  bool take_one();
  bool within_rate(const PublicKey& key);

  zmq::socket_t socket_;
  RoutingIds& ids_;
  std::map<PublicKey, Allowance> handshakes_;  // of keys that may come in: each may at a rate
  std::function<bool(const PublicKey&)> admit_;
  std::deque<Answer> answers_;
};

}  // namespace noroshi::transport
