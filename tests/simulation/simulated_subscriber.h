// A subscriber daemon on one lane: the production session, inbox (in memory) and postbox; a sink and a reader who take their
// time; deaths, after which only what the inbox holds is left.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "subscriber/inbox.h"
#include "subscriber/postbox.h"
#include "tests/simulation/cast.h"
#include "tests/simulation/simulated_broker.h"

namespace noroshi::simulation {

class SimulatedSubscriber {
 public:
  struct Wishes {
    std::vector<std::string> topics;
    std::set<Status> statuses;
    std::uint32_t credit = 0;
  };
  SimulatedSubscriber(Clock& clock, Chance& chance, Network& network, Judge& judge, const Actor& actor, core::Door door,
                      const Cast& cast, Wishes wishes);
  const Actor& actor() const { return actor_; }
  Lane lane() const { return door_ == core::Door::urgent ? Lane::urgent : Lane::batched; }
  const Wishes& wishes() const { return wishes_; }
  const std::vector<std::uint64_t>& got() const { return got_; }  // sequences, as they came into the inbox
  const std::string& posture() const { return posture_; }         // as it was told last
  std::uint64_t promised() const { return promised_; }            // statements of completeness that fitted
  subscriber::Inbox& inbox() { return inbox_; }
  void freeze(std::int64_t us);
  void restart();  // the daemon dies and comes back with its inbox

 private:
  void connect_fresh();
  void carry_out(subscriber::Subscription::Output out);
  void tick();
  void store();
  void read(const std::string& report);
  void reminded(const v1::Reminder& reminder);
  void say(const std::vector<Bytes>& frames);
  // Later, if the same daemon still stands.
  void later(std::int64_t us, std::function<void()> action);

  Clock& clock_;
  Chance& chance_;
  Network& network_;
  Judge& judge_;
  const Actor& actor_;
  core::Door door_;
  PublicKey registrar_{};
  PublicKey log_{};
  Wishes wishes_;
  wire::Credential credential_;
  subscriber::Inbox inbox_;
  std::unique_ptr<subscriber::Subscription> subscription_;
  std::unique_ptr<subscriber::Postbox> postbox_;
  Network::ClientId line_;
  std::vector<subscriber::Delivery> arrived_;  // and not yet in the inbox
  std::vector<std::uint64_t> got_;
  std::uint64_t life_ = 0;
  std::uint64_t promised_ = 0;
  std::string posture_;
};

}  // namespace noroshi::simulation
