// The seals of all sessions: turns what the core says to a peer into the frame that only that peer can read. No socket.
// One owner thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/transport/codec.h"
#include "proto/tlog/completeness.h"
#include "proto/wire/sealing.h"

namespace noroshi::transport {

class SealedPeers {
 public:
  explicit SealedPeers(BrokerFacts facts) : encoder_(std::move(facts)) {}

  // The key of a peer's latest Hello; takes effect with the Welcome that answers it.
  // false: not a session key (wrong size).
  bool hello(PeerId peer, const Bytes& session_key);
  // nullopt: nothing may be said to this peer (no session stands).
  std::optional<Bytes> frame(PeerId peer, const core::Message& message, Micros now);
  // What Welcomes say of the broker's transport key from now on.
  void set_key(v1::SignedBrokerKey key) { encoder_.set_key(std::move(key)); }
  // What Welcomes and heartbeats carry from now on.
  void set_checkpoint(std::string checkpoint) { encoder_.set_checkpoint(std::move(checkpoint)); }
  // The statement of the key for a session that stands; nullopt as above.
  std::optional<Bytes> key_frame(PeerId peer);
  void forget(PeerId peer);

 private:
  // What was handed over in this session, and what was last signed of it.
  struct Account {
    tlog::Tally tally;
    std::vector<RecordPtr> uncounted;  // hashing waits until something is to be signed
    Seq signed_upto{};
    std::uint64_t signed_count = 0;
    Micros signed_at{};
  };
  struct Seal {
    Bytes key;
    std::optional<wire::Sealer> sealer;
    Account account;
  };
  void note(Account& account, const core::Deliver& deliver);
  void promise(Account& account, const core::Beat& beat, Micros now, v1::BrokerHeartbeat& out);

  std::map<PeerId, Seal> seals_;
  Encoder encoder_;
};

}  // namespace noroshi::transport
