// A subscriber's session on one lane, as a state machine without I/O: the shell hands in frames and the time and carries
// out what it returns; the simulator runs it too. The broker delivers at least once, the caller gets each entry exactly
// once, in order, its signature checked against a roster that the registrar has signed.
//
//   connect() -> Hello -> Welcome -> roster query -> deliveries -> acknowledge() -> Credit
//   lost: wait, make the socket anew, connect(); it goes on after what was acknowledged
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "proto/client/intake.h"
#include "proto/tlog/completeness.h"
#include "proto/wire/client_session.h"

namespace noroshi::subscriber {

using Delivery = client::Checked;

class Subscription {
 public:
  struct Wishes {
    std::vector<std::string> topics;
    std::vector<v1::Report::Status> statuses;  // empty: ACTUAL
    std::uint32_t credit = 256;
    std::string software;
    std::vector<Lane> keeps = {};  // of a daemon: the lanes that it follows
  };

  struct Output {
    std::vector<Bytes> send;             // frames, in order
    std::vector<Delivery> deliveries;    // in order; acknowledge() each when it is in safe hands
    bool welcomed = false;               // a session stands (again)
    bool lost = false;                   // silence, damage or a refusal that passes: back off, then connect()
    bool damaged = false;                // with `lost`: a delivery could not be unpacked; it will be delivered again
    std::optional<Reason> refused;       // for good
    std::optional<Reason> complaint;     // refused for now, or one message of ours was; not the end
    std::optional<std::string> posture;  // it is another one than last heard, or the first heard
    std::size_t unsigned_members = 0;    // of a roster answer: changes that the registrar did not sign
    // The broker's signed word on what this session has been sent, which fits what came. Only with a log key to check it.
    std::optional<v1::SignedCompleteness> complete;
    std::optional<std::string> incomplete;   // why its word does not fit: the session is over, ask again
    bool log_shortened = false;              // the broker's log ends before what it has delivered
    std::string checkpoint;                  // of the broker's log, as it says; unchecked. Empty: it said none
    std::vector<v1::Reminder> reminders;     // of reports that are overdue with us
    std::vector<v1::BrokerMessage> answers;  // to what was said besides: receipts, proofs
  };

  // `random` gives session keys (wire::random_bytes; the simulator's own source).
  // `log` checks what the broker promises; without it nothing is said of completeness.
  Subscription(const PublicKey& registrar, Wishes wishes, std::function<Bytes(std::size_t)> random,
               std::optional<PublicKey> log = std::nullopt);

  void start_after(Seq cursor);
  // As start_after(), but everything up to `cursor` was delivered to us at an earlier time: should the broker's log end
  // before that, this is told.
  void resume_after(Seq cursor);
  void start_now();

  Output connect(Micros now);
  Output reconnected(Micros now);  // by the transport
  Output on_frame(std::string_view frame, Micros now);
  Output on_tick(Micros now);  // at least every 100 ms
  // Deliveries up to `seq` are in safe hands. Returns the frames that tell the broker.
  std::vector<Bytes> acknowledge(Seq seq);
  Bytes receipt(std::uint64_t number, const v1::SignedReceipt& receipt) const {
    return session_.receipt(number, receipt);
  }
  Bytes goodbye() const { return session_.goodbye(); }

  bool live() const { return session_.state() == wire::ClientSession::State::live && !broken_; }
  Seq cursor() const { return intake_.safe(); }
  Seq head() const { return session_.head(); }  // of the broker's log, as last heard
  // The broker's clock and when we heard it, by the caller's clock. nullopt: not yet.
  struct Clocks {
    Micros broker{};
    Micros heard_at{};
  };
  const std::optional<Clocks>& clocks() const { return clocks_; }
  Seq horizon() const { return horizon_; }              // how far the lane goes, as last heard
  Seq announced() const { return intake_.received(); }  // the broker has sent all that is for us up to here
  Micros access_until() const { return Micros{session_.welcome().access_until_us()}; }  // 0: no end
  const client::Keyring& keyring() const { return intake_.keyring(); }
  wire::ClientSession& session() { return session_; }  // for what every session has: the broker's keys

 private:
  Output absorb(wire::ClientSession::Output in, Micros now);
  void take(const v1::BrokerMessage& message, Micros now, Output& out);
  bool take(const v1::Deliver& deliver);
  void check(const v1::SignedCompleteness& word, Output& out);
  void refuse(Reason reason, Output& out);
  void heard_posture(const std::string& posture, Output& out);
  void settle(std::vector<Bytes>& send);

  wire::ClientSession session_;
  client::Intake intake_;
  std::vector<std::string> topics_;
  std::optional<PublicKey> log_;
  Seq horizon_{};
  std::optional<Clocks> clocks_;
  tlog::Tally tally_;    // of what came in this session
  bool broken_ = false;  // given up from our side until connect()
  std::string posture_;
};

}  // namespace noroshi::subscriber
