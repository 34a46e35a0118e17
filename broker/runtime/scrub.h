// Looks the whole log and its mirror over beside the running broker, at the start and once a day: what rots where nobody
// reads is found while the other side has it whole. What is read is verified in any case; but a report that an index lost is
// not read. A thread of its own, in the background, that rests nine times as long as it works.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "broker/http/snapshot.h"
#include "proto/tlog/verifier_key.h"

namespace noroshi::runtime {

class Scrub {
 public:
  // Starts the thread.
  Scrub(std::filesystem::path log, std::filesystem::path mirror, tlog::VerifierKey key);
  ~Scrub();  // gives up what is under way; what SQLite looks over by itself it does to the end
  Scrub(const Scrub&) = delete;
  Scrub& operator=(const Scrub&) = delete;

  http::ScrubState state() const;  // any thread

 private:
  void run();
  void look_over();
  bool rest(std::chrono::nanoseconds time);  // false: stop

  const std::filesystem::path log_, mirror_;
  const tlog::VerifierKey key_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  http::ScrubState state_;
  std::thread thread_;  // last: starts when everything else stands
};

}  // namespace noroshi::runtime
