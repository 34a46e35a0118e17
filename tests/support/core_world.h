// A small world around the core: a made-up matrix, a cast of members, and a shell without threads, sockets or files that
// commits and reads only when told to. Compiled against the core's headers alone, so that a test links it beside the
// production core or the one with planted bugs: name noroshi_core_world before either.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/core/broker.h"

namespace noroshi::test {

constexpr Micros kStart{1'800'000'000 * kMicrosPerSecond};  // when every world begins

// C.it-failure and B.c.precursor always urgent, A.near-miss and B.a.regulations always batched, B.b.threat-trends and
// B.b.security-measures batched while the posture is normal. Every item has the fields content and cause.
Matrix small_matrix();

// A valid UUIDv7 that spells a name of at most 6 characters, and the name back from it.
ReportId report_id(std::string_view name);
std::string name_of(const ReportId& id);

PublicKey key_of(std::string_view organization);

// Enrolled without end, publishes everything, subscribes; an auditor does neither and has to be given its clearance.
Member member_of(std::string organization, Tier tier, std::vector<std::string> sectors = {});

namespace cast {
Member nisc();
Member meti();        // ministry of electricity and gas
Member denryoku();    // the electricity sector's hub
Member hatsuden();    // operator, electricity
Member gas_gaisha();  // operator, gas
Member fukugo();      // operator, electricity and gas
Member bank();        // operator, finance
Member vendor();      // no sector
Member auditor(Tlp clearance);
}  // namespace cast

// A live GREEN report to everyone that breaks no rule.
Report report_of(std::string_view name, const Member& author, std::string item = "C.it-failure");
Report labelled(Report report, std::string tlp, Audience audience = {});
Report relating(Report report, Relation relation, std::string_view to);

struct WorldOptions {
  core::DigestRules digest = {};
  core::ResponseRooms response_rooms = core::ResponseRooms::propose;
  std::int64_t heartbeat_us = 24 * 3600 * kMicrosPerSecond;  // so that nobody is silent unless a test says so
  bool turns_by_hand = false;  // a test of what one turn may hold gives every Continue itself
};

class World {
 public:
  explicit World(WorldOptions options = {});

  core::Broker& broker() { return *broker_; }
  const core::Broker& broker() const { return *broker_; }

  // As the driver does it: the sessions that wait have their turns after the command, until none waits.
  core::Outcome step(const core::Command& command);
  core::Outcome after(std::int64_t seconds, const core::Command& command);  // the clock goes on first
  core::Outcome commit();                                                   // what the last Cut gave is durable
  // The oldest open read is answered, with at most `rows` entries.
  core::Outcome answer_read(std::size_t rows = 1000);
  // Cuts, commits, continues and answers reads until nothing is left to do; everything that came out, in order.
  core::Outcome settle();
  void restart();  // a new broker from the committed records; every peer is gone, what was not durable is lost

  void enrol(const Member& member);            // durable when it returns
  core::Outcome change(const Member& member);  // not yet durable
  core::Peer peer(const std::string& organization, core::Door door);
  void reconnect(const std::string& organization, core::Door door);  // the next peer() is another connection

  // A Hello that subscribes to `topics`, or to nothing at all.
  core::Hello hello(const std::string& organization, core::Door door, std::vector<std::string> topics = {},
                    std::uint32_t credit = 100);
  // As the shell makes it: signed, looked up in the log. `body_bytes` is the size of what is stored.
  core::Submit submission(const Report& report, core::Door door = core::Door::urgent, std::size_t body_bytes = 100);
  core::Outcome submit(const Report& report, core::Door door = core::Door::urgent, std::size_t body_bytes = 100);
  // Enrols nobody, but opens a session for the author if there is none, submits and settles.
  core::Outcome publish(const Report& report, std::size_t body_bytes = 100);

  const std::vector<RecordPtr>& log() const { return log_; }
  RecordPtr stored(const ReportId& id) const;
  const std::vector<core::Append>& in_flight() const { return in_flight_; }
  const std::deque<core::ReadRequest>& open_reads() const { return open_reads_; }

  Micros now = kStart;

 private:
  core::Outcome step_once(const core::Command& command);

  WorldOptions options_;
  std::unique_ptr<core::Broker> broker_;
  std::vector<RecordPtr> log_;
  std::vector<core::Append> in_flight_;
  std::deque<core::ReadRequest> open_reads_;
  std::map<std::pair<std::string, core::Door>, PeerId> peers_;
  std::uint64_t last_peer_ = 9;  // the first numbers are the open feed's
  std::uint64_t submissions_ = 0;
};

// --- what came out ---

void join(core::Outcome& all, core::Outcome more);

template <class Message>
std::vector<Message> sent(const core::Outcome& outcome, PeerId peer) {
  std::vector<Message> found;
  for (const core::Send& send : outcome.send)
    if (const auto* message = std::get_if<Message>(&send.message); message && send.peer == peer)
      found.push_back(*message);
  return found;
}

using Names = std::vector<std::string>;
Names names(const std::vector<core::Released>& entries);     // a redacted entry as "(r1)", another kind as its name
Names delivered(const core::Outcome& outcome, PeerId peer);  // by Deliver, in order
Names replayed(const core::Outcome& outcome, PeerId peer);   // by ReplayChunk, in order
Names fed(const core::Outcome& outcome);                     // on the open feed
bool closed(const core::Outcome& outcome, PeerId peer);

}  // namespace noroshi::test
