// The TCP connections of one bound socket, as its monitor tells of them. libzmq keeps what a peer sends until it is taken
// off the socket, and a connection until it ends: here both are bounded. Owner: the thread of the socket.
#pragma once

#include <zmq.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "proto/types/ids.h"

namespace noroshi::transport {

// What a message of `payload` bytes is on the wire, under CURVE.
std::uint64_t wire_bytes(std::size_t payload);
// What the kernel knows of a connection, in bytes. All 0: it is closed.
struct Traffic {
  std::uint64_t received = 0;
  std::uint64_t acknowledged = 0;  // by the other end's kernel
  std::uint64_t waiting = 0;       // handed to ours and not yet sent, for want of room at the other end
};
Traffic traffic(int descriptor);

struct MonitorEvent {
  std::uint16_t event = 0;  // ZMQ_EVENT_…
  std::int32_t descriptor = 0;
};
// The next one that waits. nullopt: none.
std::optional<MonitorEvent> next_event(zmq::socket_t& monitor);

class Connections {
 public:
  // A descriptor names a connection only until it is closed and reused; the number tells which it is. 0: none.
  struct Name {
    int descriptor = -1;
    std::uint64_t number = 0;
  };

  // To be made before the socket is bound.
  Connections(zmq::context_t& context, zmq::socket_t& socket, std::string name);

  // The present connection of a descriptor. Messages outlive their connection: the name is to be kept with their sender.
  Name name(int descriptor);
  // Now it is known whose it is. false: this key has too many connections, and this one was cut.
  bool belongs_to(const PublicKey& key, const Name& name);
  // `bytes` on the wire became a message that was taken off the socket.
  void took(const Name& name, std::uint64_t bytes);
  // `bytes` on the wire are to be sent to it. What a host does not take, libzmq keeps: it is cut before that is too much.
  void gave(const Name& name, std::uint64_t bytes);
  // If it is still that one.
  void cut(const Name& name);
  // Cuts who has said nothing for a minute, and who sends what cannot be taken: parts of a message without end, or more
  // than is read. To be called often: what a fast peer sends meanwhile, libzmq keeps.
  void look();

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection {
    std::uint64_t number = 0;
    std::uint64_t taken = 0;
    std::uint64_t given = 0;
    std::uint64_t acknowledged = 0;  // of it, by its host's kernel, as last asked
    Clock::time_point last_heard;
    std::optional<PublicKey> key;
  };
  Connection* find(const Name& name);
  void hear_monitor();
  void end(int descriptor);

  std::string name_;
  zmq::socket_t monitor_;
  std::map<int, Connection> open_;  // by descriptor
  std::map<PublicKey, std::size_t> of_key_;
  std::uint64_t seen_ = 0;
  Clock::time_point looked_at_;
};

}  // namespace noroshi::transport
