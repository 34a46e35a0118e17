// Changing the broker's transport key, on disk. The next key is named before it is used, and used only by a broker that starts.
//
//   announce   transport-next.key is made, then the statement of it: from then on it is pending
//   finish     the mark transport.change is made: the next start carries it out
//   carry out  transport-next.key becomes transport.key in one step; then the former key is overwritten and removed
//   abandon    the mark is removed, then a statement names the present key: from then on nothing is pending
//
// Every step is durable before the next one; after a crash between any two, doing the same again completes it. Main thread.
#pragma once

#include <optional>

#include "broker/runtime/data_directory.h"
#include "proto/wire/broker_key.h"

namespace noroshi::runtime {

// What the keys folder says of the transport key.
struct TransportKeyState {
  v1::SignedBrokerKey statement;  // the registrar's last word; empty: there never was one
  struct Pending {
    PublicKey key{};
    Micros made_at{};
    bool at_next_start = false;
  };
  std::optional<Pending> pending;
};
// Throws ConfigError if the statement is not the registrar's or not about this broker, or the key that it names is missing.
TransportKeyState load_transport_key_state(const DataDirectory& data, const Config& config);

// Holds the lock of the directory against other commands. Each throws ConfigError, and does nothing if it is done already:
// false.
bool announce_key(const DataDirectory& data, const Config& config, const wire::SigningKey& registrar, Micros now);
bool finish_key(const DataDirectory& data, const Config& config);  // throws if nothing is pending
bool abandon_key(const DataDirectory& data, const Config& config, const wire::SigningKey& registrar, Micros now);

// For whoever has the log, and so knows that no broker runs: carries out what was finished, and clears away what a crash left.
// Whether transport.key is another one now.
bool carry_out_key_change(const DataDirectory& data, const Config& config);

}  // namespace noroshi::runtime
