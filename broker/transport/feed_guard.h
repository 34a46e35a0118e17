// Cuts listeners of an open feed that say more than a listener has to, and those that take nothing of what they asked for,
// which libzmq keeps for them. It keeps every subscription in a trie of its
// own (a kilobyte costs thirty), too, and every part of a message whose last part never comes; neither has a limit, and anyone
// may connect. What the kernel has received from a connection is a bound for both.
#pragma once

#include <zmq.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

namespace noroshi::transport {

// A thread of its own: a flood is busiest where the feed's socket is used.
class FeedGuard {
 public:
  // `feed` is not bound yet. `name` is unique in the context.
  FeedGuard(zmq::context_t& context, zmq::socket_t& feed, const std::string& name);
  ~FeedGuard();  // before `feed` closes
  FeedGuard(const FeedGuard&) = delete;
  FeedGuard& operator=(const FeedGuard&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  void run();
  bool take_events();  // false: the feed closes
  struct Listener {
    Clock::time_point since;  // it was accepted
    Clock::time_point moved;  // it last took something, or had taken all
    std::uint64_t acknowledged = 0;
  };
  void look();

  zmq::socket_t& feed_;
  zmq::socket_t monitor_;              // the thread's
  std::map<int, Listener> listeners_;  // by descriptor; the thread's
  std::thread thread_;
};

}  // namespace noroshi::transport
