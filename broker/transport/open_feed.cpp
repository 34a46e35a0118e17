#include "broker/transport/open_feed.h"

#include <zmq_addon.hpp>

#include "proto/types/limits.h"

namespace noroshi::transport {

namespace {
constexpr int kSendHighWater = 1000;  // per listener; one who falls further behind misses reports, as on any radio
}  // namespace

OpenFeed::OpenFeed(zmq::context_t& context, const std::string& endpoint, const wire::TransportKey& key, Lane lane)
    : socket_(context, zmq::socket_type::xpub), guard_(context, socket_, std::string(name_of(lane))) {
  harden(socket_, key,
         {lane == Lane::urgent ? IoThread::urgent : IoThread::others, Admission::anyone,
          static_cast<std::int64_t>(limits::kFeedFrameBytes), kSendHighWater});
  socket_.set(zmq::sockopt::rcvbuf, static_cast<int>(limits::kFeedIntakeBytes));  // what waits there nobody has counted
  bind(socket_, endpoint);
}

void OpenFeed::publish(std::string_view topic, std::string_view json, std::string_view signed_report) {
  const std::array<zmq::const_buffer, 3> frames{zmq::buffer(topic), zmq::buffer(json), zmq::buffer(signed_report)};
  zmq::send_multipart(socket_, frames, zmq::send_flags::dontwait);
}

bool OpenFeed::take_one() {
  zmq::message_t message;
  if (!socket_.recv(message, zmq::recv_flags::dontwait)) return false;
  if (message.size() > 0 && message.data<char>()[0] == 1) ++subscriptions_;
  if (message.size() > 0 && message.data<char>()[0] == 0 && subscriptions_ > 0) --subscriptions_;
  return true;
}

}  // namespace noroshi::transport
