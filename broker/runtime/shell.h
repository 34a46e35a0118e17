// What the driver needs done in the world. Two implementations: the reactor, and the simulator.
#pragma once

#include <vector>

#include "broker/core/outcome.h"
#include "broker/store/log.h"

namespace noroshi::runtime {

class Shell {
 public:
  virtual ~Shell() = default;
  virtual Micros now() = 0;
  // The log as of now, for looking up single reports.
  virtual store::Reader& log() = 0;

  // Make durable, then hand Committed to Driver::handle. Never more than one batch at a time.
  virtual void append(std::vector<core::Append> batch) = 0;
  // Read, then hand ReadDone to Driver::handle.
  virtual void read(core::ReadRequest request) = 0;
  // Prove, then hand ProofDone to Driver::handle.
  virtual void prove(core::ProofRequest request) = 0;
  virtual void send(PeerId peer, const core::Message& message) = 0;
  virtual void publish(const core::FeedItem& item) = 0;
  virtual void close(PeerId peer) = 0;
  virtual void call(const core::Call& call) = 0;
  virtual void admin_done(const core::AdminDone& done) = 0;
  virtual void note(const core::Event& event) = 0;
};

}  // namespace noroshi::runtime
