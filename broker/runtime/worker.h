// A thread with a queue: jobs go in from any thread, run one after another in order. An exception from a job is fatal and
// is handed to `on_failure` on the worker's thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace noroshi::runtime {

// Yields the processor to whoever else wants it, from here on: this thread only.
void into_background();

class Worker {
 public:
  using Job = std::function<void()>;
  // Background work yields the processor to urgent work where both want it.
  enum class Priority { normal, background };
  // `when_idle` runs once whenever the queue has been empty for a moment after a job.
  explicit Worker(std::function<void(const char* what)> on_failure, Priority priority = Priority::normal,
                  Job when_idle = nullptr);
  ~Worker();  // runs what is queued, then joins
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void post(Job job);
  void stop();  // as the destructor; further jobs are dropped

 private:
  void run(Priority priority);
  bool perform(const Job& job);  // false: it failed

  std::function<void(const char* what)> on_failure_;
  Job when_idle_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else stands
};

}  // namespace noroshi::runtime
