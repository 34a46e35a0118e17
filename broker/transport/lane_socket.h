// One ROUTER socket: a lane or the archive. Gives every (routing id, key) a PeerId of its own, so that whoever takes
// over a routing id with another key is another peer. Owner: the reactor thread.
#pragma once

#include <zmq.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/core/commands.h"
#include "broker/transport/connections.h"
#include "broker/transport/context.h"
#include "broker/transport/routing_ids.h"

namespace noroshi::transport {

class LaneSocket {
 public:
  // Binds. Throws std::runtime_error.
  LaneSocket(zmq::context_t& context, core::Door door, const std::string& endpoint, const wire::TransportKey& key,
             const RoutingIds& ids);

  struct Received {
    core::Peer peer;
    Bytes frame;
  };
  // The next frame of an enrolled peer; what has no key or no single frame is dropped. nullopt: nothing waits.
  std::optional<Received> receive(Micros now);

  // false: the peer is gone, or does not take what is sent to it: it is closed.
  bool send(PeerId peer, std::string_view frame);
  // Cuts the peer's connection. What it said before and was not received is dropped.
  void close(PeerId peer);
  // Forgets peers that have said nothing for a minute, and looks after the connections: to be called often.
  std::vector<PeerId> sweep(Micros now);
  // What is still queued for peers may take this long to leave when the socket closes.
  void linger(int milliseconds) { socket_.set(zmq::sockopt::linger, milliseconds); }

  zmq::socket_t& socket() { return socket_; }
  core::Door door() const { return door_; }

 private:
  struct Address {
    std::string routing_id;
    PublicKey key{};
    Connections::Name connection;
    Micros last_heard{};
    // Its messages outlive its connection. Forgotten at once, it would be a new peer by the next of them, under whatever
    // connection has the descriptor by then; and that one would be cut for what this one says.
    bool over = false;
  };
  PeerId peer_for(std::string routing_id, const PublicKey& key);

  core::Door door_;
  const RoutingIds& ids_;
  zmq::socket_t socket_;
  Connections connections_;
  std::map<std::pair<std::string, PublicKey>, PeerId> peers_;
  std::map<PeerId, Address> addresses_;
};

}  // namespace noroshi::transport
