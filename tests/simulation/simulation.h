// One seeded run: publishers, the broker and subscribers under faults, then calm, then judgement.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "publisher/submission.h"
#include "tests/simulation/cast.h"
#include "tests/simulation/simulated_broker.h"
#include "tests/simulation/simulated_subscriber.h"

namespace noroshi::simulation {

struct Plan {
  std::uint64_t seed = 1;
  bool faults = true;
  int reports = 60;                               // per publisher
  std::int64_t trouble_us = 20'000'000;           // how long faults last
  std::int64_t calm_us = 60'000'000;              // within this everything must have arrived
  std::int64_t longest_sleep_us = 2'400'000'000;  // of all machines at once, amid the trouble
};

struct Verdict {
  std::vector<std::string> violations;
  std::uint64_t trace = 0;  // the same for the same seed
  std::uint64_t deliveries = 0;
  std::uint64_t crashes = 0;
  std::int64_t simulated_us = 0;
};

Verdict simulate(const Plan& plan, const Matrix& matrix);

// A publisher on one lane: the production state machines, a fallible line.
class SimulatedPublisher {
 public:
  SimulatedPublisher(Clock& clock, Network& network, const Actor& actor, core::Door door);
  void write(v1::SignedReport report, const std::string& id) { submissions_.add(std::move(report), ReportId{id}); }
  bool done() const { return submissions_.done(); }
  // Report id -> sequence, as the broker acknowledged it.
  const std::map<std::string, std::uint64_t>& acknowledged() const { return acknowledged_; }
  const std::vector<std::string>& rejected() const { return rejected_; }

 private:
  void carry_out(wire::ClientSession::Output out);
  void tick();
  void send_ready();

  Clock& clock_;
  Network& network_;
  wire::ClientSession session_;
  publisher::Submissions submissions_;
  Network::ClientId line_;
  std::map<std::string, std::uint64_t> acknowledged_;
  std::vector<std::string> rejected_;
};

}  // namespace noroshi::simulation
