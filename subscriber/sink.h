// Where reports are passed on to. A sink is used by one thread; it may hang there, which delays nobody else.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schemas/matrix.h"
#include "subscriber/fork.h"
#include "subscriber/inbox.h"
#include "subscriber/settings.h"

namespace noroshi::subscriber {

// What is told besides reports: what became of the link to the broker, that a report is overdue with us, or that the broker's
// log is not the one that it was.
struct LinkEvent {
  std::string event;  // link_lost, link_back, overdue or log_forked
  Lane lane{};
  Micros at{};
  std::string report{};  // of overdue: which, and the stage that was due
  std::string stage{};
  std::optional<Fork> fork{};      // of log_forked
  Status status = Status::actual;  // of overdue: the report's, or an exercise would pass for the real thing
};

// A report or an event as sinks get it.
struct Parcel {
  std::int64_t number = 0;           // its place in its stream
  std::string json;                  // one line
  std::optional<Reading> reading{};  // none: it is a link event
  LinkEvent link{};
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual std::size_t most() const = 0;  // so many parcels at a time
  // Empty: all of them are in its hands for good. Otherwise why not, and all of them will be tried again.
  virtual std::string take(const std::vector<Parcel>& parcels) = 0;
  // After a failure: for so many microseconds the other side asked to be left alone.
  virtual std::int64_t pause() const { return 0; }
};

// Once `stop` is set, a sink gives up what it waits for. Throws cli::Failure if what the settings name is not to be had.
std::unique_ptr<Sink> make_sink(const SinkSettings& settings, const Matrix& matrix, const std::atomic<bool>& stop);

}  // namespace noroshi::subscriber
