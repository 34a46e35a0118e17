// One client session on one lane, as a state machine without I/O: the shell hands in frames and the time, and carries
// out what it returns. Used by publisher, subscriber and auditor, and by the simulator.
//
//   disconnected --connect()--> greeting --Welcome--> live --HelloRequired, unopenable frame--> greeting
//   any --silence for kSilentHeartbeats intervals--> lost (make the socket anew, then connect())
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/types/ids.h"
#include "proto/types/reason.h"
#include "proto/wire/sealing.h"

namespace noroshi::wire {

struct SessionWishes {
  bool subscribe = false;
  std::vector<std::string> topics;
  std::vector<v1::Report::Status> statuses;
  std::uint32_t credit = 256;  // entries in flight
  std::string software;
  std::vector<Lane> keeps = {};  // of a daemon: the lanes that it follows
};

class ClientSession {
 public:
  enum class State { disconnected, greeting, live, refused };

  // What the shell has to do or know, in order.
  struct Output {
    std::vector<Bytes> send;                  // frames for the socket
    std::vector<v1::BrokerMessage> received;  // opened messages, Welcome included; heartbeats are kept inside
    std::optional<Reason> refused;            // the broker said no; a session refused at Hello does not retry by itself
    bool lost = false;                        // silence: close the socket, open a new one, call connect()
  };

  // `random` gives session keys (wire::random_bytes; the simulator's own source).
  ClientSession(SessionWishes wishes, std::function<Bytes(std::size_t)> random);

  void start_at(Seq cursor) {
    cursor_ = cursor;
    from_now_ = false;
  }
  void start_now() { from_now_ = true; }
  // The id of the broker's next transport key, if our credential file has it. News are told with the next tick.
  void has_next_key(const std::string& id);
  // How many of this program's sinks cannot pass on what it received. Told with each heartbeat.
  void has_failing_sinks(std::uint32_t sinks) { failing_sinks_ = sinks; }

  Output connect(Micros now);  // a fresh socket stands: say Hello
  // The transport has another connection below this session, of which the broker knows nothing: it is greeted at once
  // instead of at the next heartbeat.
  Output reconnected(Micros now);
  Output on_frame(std::string_view frame, Micros now);
  Output on_tick(Micros now);  // at least every 100 ms

  // Frames to send while live; the caller keeps what must be said again after a new Welcome.
  Bytes submit(std::uint64_t number, const v1::SignedReport& report) const;
  Bytes receipt(std::uint64_t number, const v1::SignedReceipt& receipt) const;
  Bytes replay(const v1::Replay& replay) const;
  Bytes query(const v1::Query& query) const;
  Bytes goodbye() const;
  // Everything up to `upto` is in safe hands; `entries` of it, `bytes` long, were delivered since the last call. Returns
  // the Credit frame once enough has gathered to be worth one.
  std::optional<Bytes> acknowledge(Seq upto, std::uint32_t entries, std::size_t bytes);

  State state() const { return state_; }
  Seq cursor() const { return cursor_; }
  const v1::Welcome& welcome() const { return welcome_; }  // the last one
  const std::string& posture() const { return posture_; }
  Seq head() const { return head_; }  // the broker's, as last heard
  // The last statement about the broker's transport key, as it came: to be verified. Empty: none came yet.
  const v1::SignedBrokerKey& broker_key() const { return broker_key_; }

 private:
  Output greet(Micros now);
  Output say_hello(Micros now);

  SessionWishes wishes_;
  std::function<Bytes(std::size_t)> random_;
  State state_ = State::disconnected;
  Seq cursor_{};
  bool from_now_ = false;
  std::string next_key_;
  std::uint32_t failing_sinks_ = 0;
  v1::SignedBrokerKey broker_key_;
  Bytes key_;
  std::optional<Opener> opener_;
  v1::Welcome welcome_;
  std::string posture_;
  Seq head_{};
  Micros last_heard_{};
  Micros last_said_{};
  std::uint32_t owed_credit_ = 0;
  std::size_t owed_bytes_ = 0;
};

// Unpacks a Deliver: decompresses, puts the entries back in order of sequence. nullopt: damaged.
std::optional<std::vector<v1::LogEntry>> unpack(const v1::Deliver& deliver);

}  // namespace noroshi::wire
