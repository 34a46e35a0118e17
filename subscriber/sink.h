// Where reports are passed on to. A sink is used by one thread; it may hang there, which delays nobody else.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "subscriber/settings.h"

namespace noroshi::subscriber {

// A report, or what became of a link, as sinks get it: one line of JSON.
struct Parcel {
  std::int64_t number = 0;  // its place in its stream
  std::string json;
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual std::size_t most() const = 0;  // so many parcels at a time
  // Empty: all of them are in its hands for good. Otherwise why not, and all of them will be tried again.
  virtual std::string take(const std::vector<Parcel>& parcels) = 0;
};

// Once `stop` is set, a sink gives up what it waits for.
std::unique_ptr<Sink> make_sink(const SinkSettings& settings, const std::atomic<bool>& stop);

}  // namespace noroshi::subscriber
