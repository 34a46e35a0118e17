// The reports of one lane on their way to the broker, as a state machine without I/O. The shell asks for frames, hands
// in what the broker says, and tells of every Welcome; the simulator runs the same code. One owner, one thread.
//
//   waiting --ready()--> in flight --Accepted, Rejected--> answered (a Result, once)
//   in flight --reconnected(), "not now"--> waiting, in the old order
//
// A report is given up by nobody but the caller: it stays until it is answered. Sending one twice does no harm, the
// broker answers the second with the first's sequence.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/types/ids.h"
#include "proto/types/reason.h"
#include "proto/wire/client_session.h"

namespace noroshi::publisher {

using Answer = std::variant<v1::Accepted, Rejection>;

struct Result {
  std::uint64_t number = 0;
  Answer answer;
};

class Submissions {
 public:
  static constexpr std::size_t kWindow = 256;  // in flight: one commit's worth twice over keeps the broker busy

  explicit Submissions(std::size_t window = kWindow) : window_(window) {}

  // Its number: counted from 1, in the order of sending.
  std::uint64_t add(v1::SignedReport report, ReportId id);

  // The frames to send now, in order; nothing while the session is not live.
  std::vector<Bytes> ready(const wire::ClientSession& session, Micros now);

  // The result, if the message answers one of ours for the first time. "Not now" (client::passes) is no
  // result: the report is said again after a pause or at the next Welcome.
  std::optional<Result> on(const v1::BrokerMessage& message);

  // A Welcome: the broker has forgotten what this session said before.
  void reconnected();

  bool done() const { return unanswered_.empty(); }
  std::vector<std::uint64_t> unanswered() const;
  // Why the broker put the report off, if it did.
  std::optional<Rejection> put_off(std::uint64_t number) const;

 private:
  struct Item {
    v1::SignedReport report;
    ReportId id;
    std::size_t bytes = 0;
    bool in_flight = false;
    std::optional<Rejection> put_off;
  };

  Item* find(std::uint64_t number, const std::string& id);
  void land(Item& item);

  std::size_t window_;
  bool put_off_ = false;  // something was, and the pause has not begun
  Micros not_before_{};   // of the pause, which is the whole lane's: what comes later may relate to what was put off
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Item> unanswered_;
  std::size_t in_flight_ = 0;
  std::size_t bytes_in_flight_ = 0;
};

}  // namespace noroshi::publisher
