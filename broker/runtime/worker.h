// A thread with a queue: jobs go in from any thread, run one after another in order. An exception from a job is fatal and
// is handed to `on_failure` on the worker's thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace noroshi::runtime {

class Worker {
 public:
  using Job = std::function<void()>;
  // Background work yields the processor to urgent work where both want it.
  enum class Priority { normal, background };
  explicit Worker(std::function<void(const char* what)> on_failure, Priority priority = Priority::normal);
  ~Worker();  // runs what is queued, then joins
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void post(Job job);
  void stop();  // as the destructor; further jobs are dropped

 private:
  void run(Priority priority);

  std::function<void(const char* what)> on_failure_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else stands
};

}  // namespace noroshi::runtime
