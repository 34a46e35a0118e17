// The production core, driver, frames and recovery on a log in memory, in virtual time, with crashes; and the judge that
// looks at everything that leaves.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/broker.h"
#include "broker/runtime/driver.h"
#include "broker/store/memory_log.h"
#include "broker/transport/sealed_peers.h"
#include "tests/simulation/network.h"

namespace noroshi::simulation {

// What went wrong, and everything that happened, as one running hash.
struct Judge {
  std::vector<std::string> violations;
  std::uint64_t trace = 1469598103934665603ULL;  // FNV-1a
  std::uint64_t deliveries = 0;
  void blame(const std::string& what) { violations.push_back(what); }
  void saw(const std::string& event) {
    for (const char c : event) trace = (trace ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
};

class SimulatedBroker final : public runtime::Shell {
 public:
  struct Parts {
    Clock& clock;
    Chance& chance;
    Network& network;
    Judge& judge;
    core::Settings settings;
    PublicKey registrar{};
    wire::SigningKey log;
    std::map<std::string, Member> members;  // as the judge knows them
  };
  explicit SimulatedBroker(Parts parts);

  void start();
  void crash();  // what was not yet durable is lost, all connections break
  bool running() const { return process_ != nullptr; }
  void change_member(const v1::MemberChange& change, const Member& member);
  void change_posture(Posture posture);

  store::MemoryLog& stored() { return log_; }
  // Organisations whose revocation the core has heard of: from then on nothing may leave to them.
  const std::set<std::string>& revoked() const { return revoked_; }

  // Shell
  Micros now() override { return parts_.clock.now(); }
  store::Reader& log() override { return log_; }
  void append(std::vector<core::Append> batch) override;
  void read(core::ReadRequest request) override;
  void prove(core::ProofRequest request) override;
  void send(PeerId peer, const core::Message& message) override;
  void publish(const core::FeedItem& item) override;
  void close(PeerId peer) override;
  void call(const core::Call&) override {}
  void admin_done(const core::AdminDone&) override {}
  void note(const core::Event&) override {}

 private:
  struct Process {
    core::Broker broker;
    runtime::Driver driver;
    transport::SealedPeers seals;
    Micros last_verified{};               // signatures are checked in order
    std::map<PeerId, std::string> peers;  // whose key this peer proved
    std::map<PeerId, Seq> asked;          // the log's end when this peer last asked for a replay
    Process(core::Settings settings, const wire::SigningKey& log, runtime::Shell& shell)
        : broker(std::move(settings)), driver(broker, shell), seals({"simulated", log}) {}
  };
  void handle(core::Command command);
  // Later, if the same process still stands.
  void later(std::int64_t us, std::function<void()> action);
  void receive(const core::Peer& peer, const Bytes& frame);
  void tick();
  void judge_batch(const std::vector<core::Append>& batch);
  void judge_delivery(PeerId peer, const std::vector<core::Released>& entries);
  void judge_replay(PeerId peer, const std::vector<core::Released>& entries);
  void note_revocation(const Record& record);
  bool durable(const Entry& entry);

  Parts parts_;
  store::MemoryLog log_;
  std::unique_ptr<Process> process_;
  std::uint64_t incarnation_ = 0;
  std::set<std::string> revoked_;
};

}  // namespace noroshi::simulation
