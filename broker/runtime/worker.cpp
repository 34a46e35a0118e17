#include "broker/runtime/worker.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <exception>

namespace noroshi::runtime {

namespace {
constexpr int kBackgroundNice = 10;
constexpr auto kIdle = std::chrono::milliseconds(50);
}  // namespace

// On Linux a thread has a nice value of its own; without the right to set it, all goes on as it is.
void into_background() { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kBackgroundNice); }

Worker::Worker(std::function<void(const char* what)> on_failure, Priority priority, Job when_idle)
    : on_failure_(std::move(on_failure)),
      when_idle_(std::move(when_idle)),
      thread_([this, priority] { run(priority); }) {}

Worker::~Worker() { stop(); }

void Worker::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Worker::run(Priority priority) {
  if (priority == Priority::background) into_background();
  const auto something = [this] { return stopping_ || !jobs_.empty(); };
  bool rested = true;
  std::unique_lock lock(mutex_);
  while (true) {
    if (rested || !when_idle_)
      wake_.wait(lock, something);
    else
      wake_.wait_for(lock, kIdle, something);
    Job job = when_idle_;
    rested = jobs_.empty();
    if (!rested) {
      job = std::move(jobs_.front());
      jobs_.pop_front();
    } else if (stopping_) {
      return;
    }
    lock.unlock();
    if (!perform(job)) return;
    job = nullptr;
    lock.lock();
  }
}

bool Worker::perform(const Job& job) {
  try {
    job();
    return true;
  } catch (const std::exception& error) {
    on_failure_(error.what());
    return false;
  }
}

}  // namespace noroshi::runtime
