#include "tests/simulation/network.h"

#include <algorithm>

namespace noroshi::simulation {

Network::ClientId Network::add(Client client) {
  clients_.push_back(std::move(client));
  return clients_.size() - 1;
}

void Network::open(ClientId id) {
  break_connection(id);
  connect_later(id);
}

void Network::connect_later(ClientId id) {
  clock_.after(chance_.between(1'000, 200'000), [this, id] {
    Client& client = clients_[id];
    if (client.peer != PeerId{}) return;
    if (!receive_) return connect_later(id);
    client.peer = PeerId{++peers_};
    client.last_to_client = client.last_to_broker = clock_.now();
    by_peer_[client.peer] = id;
  });
}

void Network::break_connection(ClientId id) {
  Client& client = clients_[id];
  by_peer_.erase(client.peer);
  client.peer = PeerId{};
}

Micros Network::arrival(Micros& last) {
  const std::int64_t longest = faults.on ? faults.max_delay_us : 2'000;
  last = std::max(last, clock_.now() + chance_.between(100, longest));
  return last;
}

void Network::to_broker(ClientId id, Bytes frame) {
  Client& client = clients_[id];
  if (client.peer == PeerId{}) return;  // lost with the connection; the state machines must cope
  if (faults.on && chance_.one_in(faults.lose_one_in)) return open(id);  // TCP loses a frame only with its connection
  const int copies = faults.on && chance_.one_in(faults.double_one_in) ? 2 : 1;
  const PeerId peer = client.peer;
  for (int i = 0; i < copies; ++i)
    clock_.after(arrival(client.last_to_broker) - clock_.now(), [this, id, peer, frame] {
      if (!receive_ || clients_[id].peer != peer) return;
      receive_({peer, clients_[id].door, clients_[id].key}, frame);
    });
  if (faults.on && chance_.one_in(faults.break_one_in)) open(id);
}

bool Network::to_client(PeerId peer, Bytes frame) {
  const auto it = by_peer_.find(peer);
  if (it == by_peer_.end()) return false;
  const ClientId id = it->second;
  if (faults.on && chance_.one_in(faults.lose_one_in)) return true;
  const int copies = faults.on && chance_.one_in(faults.double_one_in) ? 2 : 1;
  for (int i = 0; i < copies; ++i)
    clock_.after(arrival(clients_[id].last_to_client) - clock_.now(), [this, id, peer, frame] {
      if (clients_[id].peer == peer && !clients_[id].frozen) clients_[id].receive(frame);
    });
  return true;
}

void Network::close_peer(PeerId peer) {
  if (const auto it = by_peer_.find(peer); it != by_peer_.end()) open(it->second);
}

void Network::broker_up(std::function<void(const core::Peer&, const Bytes&)> receive) { receive_ = std::move(receive); }

void Network::broker_down() {
  receive_ = nullptr;
  for (ClientId id = 0; id < clients_.size(); ++id) open(id);
}

}  // namespace noroshi::simulation
