// Publishers and a subscriber as the benchmark needs them: the production state machines and sockets, with timestamps.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "bench/samples.h"
#include "noroshi/v1/session.pb.h"
#include "proto/wire/credential.h"

namespace noroshi::bench {

// When each report was handed over, by id: written by the publisher, read by the subscriber.
class Departures {
 public:
  void left(const std::string& id, SteadyClock::time_point at) {
    const std::lock_guard lock(mutex_);
    left_[id] = at;
  }
  // The latency, if this report is one of those measured; once.
  bool arrived(const std::string& id, SteadyClock::time_point at, Samples& into) {
    const std::lock_guard lock(mutex_);
    const auto it = left_.find(id);
    if (it == left_.end()) return false;
    into.add(at - it->second);
    left_.erase(it);
    return true;
  }
  std::size_t missing() {
    const std::lock_guard lock(mutex_);
    return left_.size();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, SteadyClock::time_point> left_;
};

// A signed report of about 600 bytes.
v1::SignedReport make_report(const wire::Credential& author, const char* item, std::string& id);

// Subscribes to C on the urgent lane in a thread of its own until destroyed.
class TimedSubscriber {
 public:
  TimedSubscriber(const wire::Credential& credential, Departures& departures);
  ~TimedSubscriber();
  TimedSubscriber(const TimedSubscriber&) = delete;
  TimedSubscriber& operator=(const TimedSubscriber&) = delete;
  // Where latencies go from now on. Not while reports are under way.
  void measure_into(Samples* samples) { samples_ = samples; }

 private:
  void run(const wire::Credential& credential);
  Departures& departures_;
  std::atomic<Samples*> samples_{nullptr};
  std::atomic<bool> ready_{false}, stop_{false};
  std::thread thread_;
};

// Sends `count` urgent reports at `per_second`, one session, and waits for every answer. `ack` gets publish → acknowledged.
class PacedPublisher {
 public:
  explicit PacedPublisher(const wire::Credential& credential);
  ~PacedPublisher();
  PacedPublisher(const PacedPublisher&) = delete;
  PacedPublisher& operator=(const PacedPublisher&) = delete;
  void send(int count, int per_second, Departures& departures, Samples& ack);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Floods the batched lane as fast as the broker takes it, until destroyed.
class Flood {
 public:
  explicit Flood(const wire::Credential& credential);
  ~Flood();
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  std::uint64_t accepted() const { return accepted_; }

 private:
  void run(const wire::Credential& credential);
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace noroshi::bench
