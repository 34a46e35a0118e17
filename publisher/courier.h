// Carries reports to the broker over both lanes at once: the thin shell around Submissions, ClientSession and
// ClientChannel. One owner, main thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/channel/client_channel.h"
#include "proto/client/broker_keys.h"
#include "proto/types/names.h"
#include "proto/types/reason.h"
#include "proto/wire/credential.h"
#include "publisher/letter.h"
#include "publisher/submission.h"
#include "schemas/matrix.h"

namespace noroshi::publisher {

// Tries for ever, over any outage, until the broker refuses it. Which lane a parcel takes is the matrix' word at the
// posture that the broker tells of; on each lane they keep the order in which they were added.
class Courier {
 public:
  Courier(const wire::Credential& credential, client::BrokerKeys& keys, const Matrix& matrix,
          const std::set<Lane>& lanes, Micros now);
  ~Courier();  // says goodbye
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // `number` is the caller's, and new.
  void add(std::uint64_t number, const Parcel& parcel);
  // Receives and submits; the answers since the last turn.
  std::vector<std::pair<std::uint64_t, Answer>> turn(Micros now);
  void wait();  // for news, but not long: the sessions want their turns

  struct Refusal {
    std::optional<Reason> reason;  // what the broker said; nullopt: it did not even accept the key
  };
  std::optional<Refusal> refusal() const;

  bool ever_welcome() const { return ever_welcome_; }
  channel::Contact contact() const;                      // how far it came at best
  Micros access_until() const { return access_until_; }  // of this credential, as the broker says; 0: no end
  // The numbers without an answer, and why the broker put one off if it did.
  std::map<std::uint64_t, std::optional<Rejection>> unanswered() const;

 private:
  class Road;

  void assign(std::uint64_t number, const Parcel& parcel);

  client::BrokerKeys& keys_;
  const Matrix& matrix_;
  std::map<Lane, std::unique_ptr<Road>> roads_;  // urgent first
  bool ever_welcome_ = false;
  Posture posture_ = Posture::normal;
  Micros access_until_{};
  std::vector<std::pair<std::uint64_t, Parcel>> waiting_;  // for the first Welcome, which tells the posture
  std::map<ReportId, Lane> taken_;                         // by those without an answer
  std::map<std::uint64_t, ReportId> ids_;                  // of those
};

struct Ended {
  enum class Why { all_answered, silence, refused, stopped };
  Why why = Why::all_answered;
  std::optional<Reason> refusal;  // as Courier::Refusal's
  Micros access_until{};
  bool ever_welcome = false;  // of silence: whether the broker was reached at all
  channel::Contact contact{};
  std::map<std::uint64_t, std::optional<Rejection>> unanswered;  // by index
};

// Blocks until every parcel among the letters is answered. Gives up after `patience` microseconds without an answer, or
// once a signal asks to stop (client::stop_requested).
Ended deliver(const wire::Credential& credential, client::BrokerKeys& keys, const Matrix& matrix,
              const std::vector<Letter>& letters, std::int64_t patience,
              const std::function<void(std::size_t, Answer)>& answered);

}  // namespace noroshi::publisher
