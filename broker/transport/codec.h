// Between frames and the core's plain types. Pure; no socket. One owner thread.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/core/commands.h"
#include "broker/core/outcome.h"
#include "noroshi/v1/session.pb.h"
#include "proto/wire/signing.h"

namespace noroshi::transport {

// A client's frame, or why it is none.
std::variant<v1::ClientMessage, Reason> parse_client_frame(std::string_view frame);

// What a frame of this size costs its member.
core::Arrival to_arrival(const core::Peer& peer, std::size_t bytes,
                         const std::variant<v1::ClientMessage, Reason>& parsed);

// Everything but Submit, which needs its signature checked first. nullopt: not a command (an empty message).
std::optional<core::Command> to_command(const core::Peer& peer, const v1::ClientMessage& message);

struct BrokerFacts {
  std::string origin;
  wire::SigningKey log;          // signs what the broker promises
  v1::SignedBrokerKey key = {};  // the registrar's last word on the transport key; empty: there is none
  std::string checkpoint = {};   // the log's newest, signed
};

// Encodes what the core says. Compressed blocks are kept a while: a digest goes to many with the same blocks.
class Encoder {
 public:
  explicit Encoder(BrokerFacts facts) : facts_(std::move(facts)) {}
  // Precondition: not Refused, not HelloRequired (those travel unsealed).
  v1::BrokerMessage encode(const core::Message& message, Micros now);
  v1::BrokerMessage encode_key() const;
  const BrokerFacts& facts() const { return facts_; }
  void set_key(v1::SignedBrokerKey key) { facts_.key = std::move(key); }
  void set_checkpoint(std::string checkpoint) { facts_.checkpoint = std::move(checkpoint); }

 private:
  void encode_deliver(const core::Deliver& deliver, v1::Deliver& out);
  void encode_block(const std::vector<const core::Released*>& entries, bool pack, v1::EntryBlock& out);

  BrokerFacts facts_;
  std::map<std::vector<std::uint64_t>, v1::EntryBlock> packed_;  // by the sequences inside
  std::list<std::vector<std::uint64_t>> packed_order_;
};

v1::Board encode_board(const std::vector<core::BoardReport>& reports);
v1::BrokerFrame encode_refused(Reason reason);
v1::BrokerFrame encode_hello_required();

}  // namespace noroshi::transport
