// A publisher's agent on one lane: the production state machines, a fallible line, an outbox of signed reports; deaths, after
// which only what the outbox holds is left.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "publisher/submission.h"
#include "tests/simulation/cast.h"
#include "tests/simulation/network.h"

namespace noroshi::simulation {

class SimulatedPublisher {
 public:
  SimulatedPublisher(Clock& clock, Network& network, const Actor& actor, core::Door door);
  const Actor& actor() const { return actor_; }
  void write(v1::SignedReport report, const std::string& id);
  void restart();  // the agent dies and comes back with its outbox
  bool done() const { return outbox_.empty(); }
  // Report id -> sequence, as the broker acknowledged it.
  const std::map<std::string, std::uint64_t>& acknowledged() const { return acknowledged_; }
  const std::vector<std::string>& rejected() const { return rejected_; }

 private:
  struct Letter {
    v1::SignedReport report;
    std::string id;
  };
  void connect_fresh();
  void carry_out(wire::ClientSession::Output out);
  void answered(const publisher::Result& result);
  void tick();
  void send_ready();

  Clock& clock_;
  Network& network_;
  const Actor& actor_;
  std::vector<Letter> outbox_;                // not answered, in the order of writing
  std::map<std::uint64_t, std::string> ids_;  // by number of this life
  std::unique_ptr<wire::ClientSession> session_;
  publisher::Submissions submissions_;
  Network::ClientId line_;
  std::map<std::string, std::uint64_t> acknowledged_;
  std::vector<std::string> rejected_;
};

}  // namespace noroshi::simulation
