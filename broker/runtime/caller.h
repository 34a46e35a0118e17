// One way of calling whoever is to be called, at least once each: a file says how far it has come, and a start goes on from
// there. A thread of its own: a way that hangs delays nobody else.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "broker/core/outcome.h"
#include "broker/runtime/worker.h"

namespace noroshi::runtime {

// How a call is made. Used by one thread; it may hang there.
class Way {
 public:
  virtual ~Way() = default;
  // Empty: the call has been made. Otherwise why not.
  virtual std::string take(const core::Call& call) = 0;
  // After so many failures of one call: how long until it is tried again, in microseconds. nullopt: it is given up.
  virtual std::optional<std::int64_t> patience(int failures) const = 0;
};

class Caller {
 public:
  // `name`: as broker.toml has it. `make`: gives up what it waits for once the flag is set. `place`: the file.
  using Make = std::function<std::unique_ptr<Way>(const std::atomic<bool>& stop)>;
  Caller(std::string name, const Make& make, std::filesystem::path place);
  ~Caller();  // what is still to be said the next start says

  // The entry that it has come to, in a log with this head: what comes after it is still to be called for.
  Seq begin(Seq head);
  // Returns at once. What comes while too much waits is given up, and the broker's own log says so.
  void call(const core::Call& call);

 private:
  void make(const core::Call& call);
  bool stopped_within(std::int64_t microseconds);
  void reached(Seq entry);

  std::string name_;
  std::filesystem::path place_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> waiting_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::unique_ptr<Way> way_;
  Worker worker_;  // last: joined first
};

// What is said: one line.
std::string call_json(const core::Call& call);

}  // namespace noroshi::runtime
