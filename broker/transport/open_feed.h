// The open feed of one lane: XPUB, any client, CLEAR reports only (the core sees to that). Frames: topic, JSON, the
// SignedReport's bytes. Owner: the reactor thread.
#pragma once

#include <zmq.hpp>

#include <string>

#include "broker/transport/context.h"
#include "broker/transport/feed_guard.h"
#include "proto/types/names.h"

namespace noroshi::transport {

class OpenFeed {
 public:
  OpenFeed(zmq::context_t& context, const std::string& endpoint, const wire::TransportKey& key, Lane lane);

  void publish(std::string_view topic, std::string_view json, std::string_view signed_report);
  // Reads one thing that listeners sent: subscriptions are counted, all else is dropped. false: nothing waits.
  bool take_one();
  bool anyone_listens() const { return subscriptions_ > 0; }
  zmq::socket_t& socket() { return socket_; }

 private:
  zmq::socket_t socket_;
  FeedGuard guard_;
  int subscriptions_ = 0;  // topics with at least one listener: libzmq tells of the first and the last
};

}  // namespace noroshi::transport
