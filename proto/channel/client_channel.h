// A client's ZeroMQ connection to one of the broker's sockets: DEALER, CURVE, socket monitor. The only ZeroMQ code the
// client programs use. One owner, one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/types/ids.h"
#include "proto/wire/credential.h"

namespace noroshi::channel {

enum class Door { urgent, batched, archive };

// How far it ever came: a connection was taken; its handshake too, so that the broker has the key we expect.
enum class Contact { none, connected, admitted };

// Whether the host is an address or a name that has one. May wait for the name service.
bool resolves(const std::string& host);

class ClientChannel {
 public:
  ClientChannel(const wire::Credential& credential, Door door);
  ~ClientChannel();
  ClientChannel(const ClientChannel&) = delete;
  ClientChannel& operator=(const ClientChannel&) = delete;

  bool send(std::string_view frame);  // false: the high-water mark is reached, try again after a wait
  std::optional<Bytes> receive();     // nullopt: nothing there now
  // What the monitor saw since the last call: a handshake that the broker refused (unknown, revoked, expired key).
  bool refused();
  // Whether, as of the last refused() and since the last call, the connection was lost and made again without a reopen().
  bool reconnected();
  Contact contact() const;  // as of the last refused()
  // The broker's key with which the present opening was admitted, as of the last refused(); nullopt: not yet.
  std::optional<PublicKey> admitted_by() const;
  // Closes and connects anew: after silence, or after a refusal when trying again. If a connection was taken and its handshake
  // was not, with the other of the broker's keys, as far as two are known.
  void reopen();
  // The broker's keys, from the next reopening on.
  void expect(const PublicKey& present, const std::optional<wire::NextKey>& next);

  // Waits until one of the channels has something to receive, or the time is over. Returns early on a signal.
  static void wait(const std::vector<ClientChannel*>& channels, std::chrono::milliseconds timeout);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace noroshi::channel
