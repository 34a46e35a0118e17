// Carries reports to the broker over both lanes at once: the thin shell around Submissions, ClientSession and
// ClientChannel. One owner, main thread; blocks until all is answered, or there is a reason to stop.
#pragma once

#include <csignal>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/channel/client_channel.h"
#include "proto/client/broker_keys.h"
#include "proto/types/reason.h"
#include "proto/wire/credential.h"
#include "schemas/matrix.h"

namespace noroshi::publisher {

struct Parcel {
  std::string item;
  ReportId id;
  ReportId relates_to;  // empty: to none
  v1::SignedReport report;
};

struct Ended {
  enum class Why { all_answered, silence, refused, stopped };
  Why why = Why::all_answered;
  std::optional<Reason> refusal;  // what the broker said; nullopt: it did not even accept the key
  Micros access_until{};          // of this credential, as the broker says; 0: no end
  bool ever_welcome = false;      // of silence: whether the broker was reached at all
  channel::Contact contact{};     // and if not, how far it came
  // The parcels without an answer, by index, and why the broker put one off if it did.
  std::map<std::size_t, std::optional<Rejection>> unanswered;
};

using Answer = std::variant<v1::Accepted, Rejection>;

// Gives up after `patience` microseconds without an answer, or once `stop` is set by a signal. Which lane a parcel takes
// is the matrix' word at the posture the broker tells of.
Ended deliver(const wire::Credential& credential, client::BrokerKeys& keys, const Matrix& matrix,
              const std::vector<Parcel>& parcels, std::int64_t patience, const volatile std::sig_atomic_t& stop,
              const std::function<void(std::size_t, Answer)>& answered);

}  // namespace noroshi::publisher
