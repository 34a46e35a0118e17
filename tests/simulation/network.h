// Connections between clients and the broker in virtual time. Within a connection frames arrive in order, late; now and
// then one to the client is lost, or one comes twice (more than TCP would do); connections break without telling the
// client, whose socket then comes back as another peer.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "broker/core/commands.h"
#include "tests/simulation/chance.h"
#include "tests/simulation/clock.h"

namespace noroshi::simulation {

struct Faults {
  bool on = true;
  std::int64_t max_delay_us = 30'000;
  int lose_one_in = 400;  // frames
  int double_one_in = 400;
  int break_one_in = 300;  // frames after which the connection breaks
};

class Network {
 public:
  Network(Clock& clock, Chance& chance) : clock_(clock), chance_(chance) {}

  struct Client {
    core::Door door{};
    PublicKey key{};
    std::function<void(const Bytes&)> receive;
    PeerId peer{};            // 0: not connected now
    Micros last_to_client{};  // order within a connection
    Micros last_to_broker{};
    bool frozen = false;  // neither reads nor writes: a stalled host
  };
  using ClientId = std::size_t;

  ClientId add(Client client);
  Client& client(ClientId id) { return clients_[id]; }

  // A client's new socket; connects when the broker stands.
  void open(ClientId id);
  void to_broker(ClientId id, Bytes frame);
  // false: there is no such peer any more.
  bool to_client(PeerId peer, Bytes frame);
  void close_peer(PeerId peer);  // by the broker

  void broker_up(std::function<void(const core::Peer&, const Bytes&)> receive);
  void broker_down();

  Faults faults;

 private:
  void connect_later(ClientId id);
  void break_connection(ClientId id);
  Micros arrival(Micros& last);

  Clock& clock_;
  Chance& chance_;
  std::vector<Client> clients_;
  std::map<PeerId, ClientId> by_peer_;
  std::function<void(const core::Peer&, const Bytes&)> receive_;
  std::uint64_t peers_ = 1000;
};

}  // namespace noroshi::simulation
