#include "broker/transport/feed_guard.h"

#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>

#include "broker/transport/connections.h"
#include "proto/types/limits.h"

namespace noroshi::transport {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kStalled{10};

// Often enough that a flood gains nothing, seldom enough that thousands of listeners cost a tenth of a core at most.
milliseconds pause_between(std::size_t listeners) { return std::max(milliseconds(20), milliseconds(listeners / 100)); }

}  // namespace

FeedGuard::FeedGuard(zmq::context_t& context, zmq::socket_t& feed, const std::string& name)
    : feed_(feed), monitor_(context, zmq::socket_type::pair) {
  const std::string watch = "inproc://guard." + name;
  if (zmq_socket_monitor(feed.handle(), watch.c_str(),
                         ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_MONITOR_STOPPED) !=
      0)
    throw zmq::error_t();
  monitor_.set(zmq::sockopt::linger, 0);
  monitor_.connect(watch);
  thread_ = std::thread([this] { run(); });
}

FeedGuard::~FeedGuard() {
  zmq_socket_monitor(feed_.handle(), nullptr, 0);  // the last event ends the thread
  thread_.join();
}

void FeedGuard::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  while (true) {
    std::array<zmq::pollitem_t, 1> items{{{monitor_.handle(), 0, ZMQ_POLLIN, 0}}};
    zmq::poll(items.data(), items.size(), listeners_.empty() ? milliseconds(-1) : milliseconds(0));
    if (!take_events()) return;
    look();
    std::this_thread::sleep_for(pause_between(listeners_.size()));
  }
}

bool FeedGuard::take_events() {
  while (const auto heard = next_event(monitor_)) {
    if (heard->event == ZMQ_EVENT_MONITOR_STOPPED) return false;
    if (heard->event == ZMQ_EVENT_ACCEPTED)
      listeners_[heard->descriptor] = {Clock::now(), Clock::now(), 0};
    else
      listeners_.erase(heard->descriptor);
  }
  return true;
}

// A descriptor may have been closed since and be another connection by now, whose own count then speaks for it.
void FeedGuard::look() {
  const auto now = Clock::now();
  for (auto it = listeners_.begin(); it != listeners_.end();) {
    auto& [descriptor, listener] = *it;
    const Traffic seen = traffic(descriptor);
    if (seen.waiting == 0 || seen.acknowledged != listener.acknowledged) listener.moved = now;
    listener.acknowledged = seen.acknowledged;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - listener.since).count();
    const auto may = limits::kFeedIntakeBytes + static_cast<std::uint64_t>(seconds) * limits::kFeedIntakePerSecond;
    const bool talks = seen.received > may;
    if (!talks && now - listener.moved < kStalled) {
      ++it;
      continue;
    }
    ::shutdown(descriptor, SHUT_RDWR);
    spdlog::warn("open feed: a listener {} and was cut", talks ? "said too much" : "takes nothing");
    it = listeners_.erase(it);
  }
}

}  // namespace noroshi::transport
