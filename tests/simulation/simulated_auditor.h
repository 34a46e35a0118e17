// An auditor that goes over the whole log, again and again: the production replay, a fallible line; deaths, after which it
// begins from the first entry.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "auditor/replay_session.h"
#include "tests/simulation/cast.h"
#include "tests/simulation/simulated_broker.h"

namespace noroshi::simulation {

class SimulatedAuditor {
 public:
  SimulatedAuditor(Clock& clock, Network& network, Judge& judge, const Actor& actor, const Cast& cast);
  const Actor& actor() const { return actor_; }
  void begin();  // one walk ends, and another begins
  // The walk that was finished last: the whole log as it was then, in order.
  const std::vector<client::Checked>& seen() const { return seen_; }
  std::uint64_t walks() const { return walks_; }  // that were finished

 private:
  void carry_out(auditor::ReplaySession::Output out);
  void tick();

  Clock& clock_;
  Network& network_;
  Judge& judge_;
  const Actor& actor_;
  PublicKey registrar_{};
  std::unique_ptr<auditor::ReplaySession> session_;
  Network::ClientId line_;
  std::vector<client::Checked> walked_;
  std::vector<client::Checked> seen_;
  std::uint64_t walks_ = 0;
};

}  // namespace noroshi::simulation
