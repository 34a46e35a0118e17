// A program's way to one of the broker's doors: the channel, what could not be sent yet, and when to try again after the
// link was lost. One owner, one thread.
#pragma once

#include <deque>
#include <vector>

#include "proto/channel/client_channel.h"
#include "proto/types/ids.h"

namespace noroshi::client {

// How long to wait before the next attempt: doubles from a quarter of a second to ten, each time shortened by chance so
// that two thousand members do not come back at the same moment. Pure but for `random`.
class BackOff {
 public:
  std::int64_t next(std::uint32_t random);  // microseconds
  void reset() { attempts_ = 0; }

 private:
  int attempts_ = 0;
};

class Line {
 public:
  Line(const wire::Credential& credential, channel::Door door) : channel_(credential, door) {}

  channel::ClientChannel& channel() { return channel_; }
  void say(std::vector<Bytes> frames);  // in order; what does not fit now goes with flush()
  void flush();

  // The link is lost: what was to be said is void.
  void lost(Micros now);
  // True when it is time to say Hello over a fresh connection: once at the start, then after each lost().
  bool connect_due(Micros now);
  bool open() const { return open_; }
  void stood() { back_off_.reset(); }  // a session stands

 private:
  channel::ClientChannel channel_;
  std::deque<Bytes> unsent_;
  BackOff back_off_;
  Micros connect_at_{};
  bool open_ = false;
  bool used_ = false;
};

}  // namespace noroshi::client
