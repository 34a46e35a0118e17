#include "broker/runtime/worker.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <exception>

namespace noroshi::runtime {

namespace {
constexpr int kBackgroundNice = 10;
}  // namespace

Worker::Worker(std::function<void(const char* what)> on_failure, Priority priority)
    : on_failure_(std::move(on_failure)), thread_([this, priority] { run(priority); }) {}

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
  // On Linux a thread has a nice value of its own; without the right to set it, all goes on as it is.
  if (priority == Priority::background) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kBackgroundNice);
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job();
    } catch (const std::exception& error) {
      on_failure_(error.what());
      return;
    }
    job = nullptr;
    lock.lock();
  }
}

}  // namespace noroshi::runtime
