// A replay over the archive door, as a state machine without I/O: the log in order, each entry once, whatever happens to
// the link. After a loss it asks for what is still missing and nothing else.
//
//   connect() -> Hello -> Welcome -> roster query, Replay{next missing .. to} -> entries -> ended
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "proto/client/intake.h"
#include "proto/wire/client_session.h"

namespace noroshi::auditor {

using ReplayEntry = client::Checked;

// What is wanted. A time is used where no sequence is given; neither: from the first, to the head when asked.
struct ReplayOrder {
  Seq from{};
  Seq to{};
  Micros from_time{};
  Micros to_time{};
  std::vector<std::string> topics;
  std::vector<v1::Report::Status> statuses;  // empty: all
  std::vector<v1::LogEntry::Kind> kinds;     // empty: reports
  v1::Replay::Purpose purpose = v1::Replay::REPLAY;
};

// The whole log, hidden entries as leaves.
ReplayOrder everything(v1::Replay::Purpose purpose);

class ReplaySession {
 public:
  struct Output {
    std::vector<Bytes> send;           // frames, in order
    std::vector<ReplayEntry> entries;  // in order; acknowledge() each when it is in safe hands
    bool ended = false;                // all has been given; after the entries of this output
    bool progress = false;             // the replay moved on
    bool lost = false;                 // silence or a refusal that passes: back off, then connect()
    bool damaged = false;              // the broker sent an entry that is none; the replay is over
    std::optional<Reason> refused;     // for good
    std::optional<Reason> complaint;   // refused for now
    std::size_t unsigned_members = 0;  // of the roster: changes that the registrar did not sign
    bool log_shortened = false;        // the broker's log ends before what it has sent
  };

  // `random` gives session keys (wire::random_bytes; the simulator's own source).
  ReplaySession(const PublicKey& registrar, ReplayOrder order, std::string software,
                std::function<Bytes(std::size_t)> random, std::uint32_t credit = 256);

  Output connect(Micros now);
  Output on_frame(std::string_view frame, Micros now);
  Output on_tick(Micros now);  // at least every 100 ms
  std::vector<Bytes> acknowledge(Seq seq);
  Bytes goodbye() const { return session_.goodbye(); }

  Micros access_until() const { return Micros{session_.welcome().access_until_us()}; }  // 0: no end
  bool live() const { return session_.state() == wire::ClientSession::State::live && !broken_; }
  Seq reached() const { return intake_.received(); }   // everything up to here has come
  Seq last() const { return order_.to; }               // where it ends; 0: not known (yet)
  Seq head() const { return head_; }                   // of the log, as of the last Welcome
  wire::ClientSession& session() { return session_; }  // for what every session has: the broker's keys

 private:
  Output absorb(wire::ClientSession::Output in, Micros now);
  void take(const v1::BrokerMessage& message, Output& out);
  bool take(const v1::ReplayChunk& chunk);
  void welcomed(const v1::Welcome& welcome, Output& out);
  void refuse(Reason reason, Output& out);
  v1::Replay request() const;
  bool in_time(const Entry& entry) const;
  void settle(std::vector<Bytes>& send);

  std::uint32_t credit_;
  ReplayOrder order_;
  wire::ClientSession session_;
  client::Intake intake_;
  Seq head_{};
  bool asked_ = false;  // in this session
  bool end_heard_ = false;
  bool ended_ = false;
  bool broken_ = false;  // given up from our side until connect()
};

}  // namespace noroshi::auditor
