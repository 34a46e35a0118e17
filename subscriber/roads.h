// The lanes' sessions of one program: connects, keeps them alive, tells people what becomes of them, and hands what is
// delivered to its user. Main thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/cli/credential.h"
#include "proto/client/broker_keys.h"
#include "proto/client/clock.h"
#include "proto/client/line.h"
#include "schemas/matrix.h"
#include "subscriber/subscription.h"

namespace noroshi::subscriber {

struct Road {
  Road(Lane lane_, const wire::Credential& credential, Subscription::Wishes wishes);

  Lane lane;
  client::Line line;
  Subscription subscription;
  bool stood = false;  // a session stood at some time
  bool down = false;   // and does so no longer, or could not be had; has been told
};

// Who uses the roads. What it throws ends turn().
class Traveller {
 public:
  virtual ~Traveller() = default;
  // What one turn brought, in order. Returns the last sequence that is in safe hands: the broker is told of it.
  virtual std::optional<Seq> delivered(Lane lane, std::vector<Delivery> deliveries) = 0;
  virtual bool full() const { return false; }              // wants nothing more
  virtual void answered(const v1::BrokerMessage& answer);  // to a receipt, or a question
  virtual void stands(Road& road);                         // a session stands (again)
  virtual void lost(Road& road);                           // one that stood does so no longer, or none can be had
  virtual void log_shortened(Road& road);                  // has been told to people already
  virtual void reminded(Road& road, const v1::Reminder& reminder);        // has been told to people already
  virtual void promised(Road& road, const v1::SignedCompleteness& word);  // it fits what came
  virtual void shown(const std::string& checkpoint);                      // of the broker's log; unchecked
  virtual bool outlives_refusal() const { return false; }  // of a road that stood: tries again instead of ending
};

class Roads {
 public:
  // `file` is where the credential is from: it is kept up to date with the broker's key.
  Roads(cli::Program& program, const Matrix& matrix, const wire::Credential& credential, std::filesystem::path file,
        Traveller& traveller);

  static Subscription::Wishes wishes(std::vector<std::string> topics, const std::vector<std::string>& statuses);
  Road& open(Lane lane, Subscription::Wishes wishes);

  // Receives, ticks and sends on every road, then waits for more. Throws cli::Failure{kUnreachable} when the broker
  // refuses us for good.
  void turn();
  void leave();
  // The session is over from our side: another one begins after the usual wait.
  void begin_anew(Road& road);

  Micros now() const { return clock_.now(); }
  bool ready() const { return ready_; }  // there was a session on every road
  const std::vector<std::unique_ptr<Road>>& all() const { return roads_; }
  std::string unreachable() const;  // where, and why as far as we can tell

 private:
  void turn(Road& road);
  void carry_out(Road& road, Subscription::Output out);
  void tell(Road& road, const Subscription::Output& out);
  void tell_posture(const std::string& posture);
  void refused(Road& road, const std::string& why);
  void stands(Road& road);
  void lost(Road& road);
  std::string where() const;
  std::string words_for(Reason reason) const;

  cli::Program& program_;
  const cli::Common& common_;
  const Matrix& matrix_;
  const wire::Credential& credential_;
  Traveller& traveller_;
  client::Clock clock_;
  client::BrokerKeys broker_keys_;
  cli::ExpiryNotice expiry_;
  std::vector<std::unique_ptr<Road>> roads_;
  std::vector<Delivery> arrived_;  // in this turn, on the road whose turn it is
  std::string posture_;
  bool ready_ = false;
  bool told_unreachable_ = false;
};

}  // namespace noroshi::subscriber
