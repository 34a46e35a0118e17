#include "broker/transport/zap_handler.h"

#include <zmq_addon.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

#include "broker/transport/context.h"
#include "proto/types/limits.h"
#include "proto/wire/signing.h"

namespace noroshi::transport {

namespace {

// Frames of a request, in order: version, request id, domain, address, identity, mechanism, credentials.
constexpr std::size_t kFrames = 7;
constexpr std::size_t kEnvelope = 2;  // who asks, and an empty frame
// The client's own metadata, with the routing id that it claims, are parsed just after libzmq has asked: an answer that
// came at once could be overwritten by them.
constexpr std::chrono::milliseconds kLater{5};

std::optional<PublicKey> key_of(const zmq::message_t& credentials) {
  PublicKey key;
  if (credentials.size() != key.size()) return std::nullopt;
  std::copy_n(credentials.data<std::uint8_t>(), key.size(), key.begin());
  return key;
}

// A property as ZMTP writes metadata: the name's length, the name, the value's length in four bytes, the value.
std::string identity(const std::string& routing_id) {
  static constexpr std::string_view kName = "Identity";
  std::string out(1, static_cast<char>(kName.size()));
  out += kName;
  out.append(3, '\0').push_back(static_cast<char>(routing_id.size()));
  return out += routing_id;
}

}  // namespace

ZapHandler::ZapHandler(zmq::context_t& context, RoutingIds& ids, std::function<bool(const PublicKey&)> admit)
    : socket_(context, zmq::socket_type::router), ids_(ids), admit_(std::move(admit)) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind("inproc://zeromq.zap.01");
}

std::optional<ZapHandler::Clock::time_point> ZapHandler::serve() {
  while (take_one()) {
  }
  while (!answers_.empty() && answers_.front().due <= Clock::now()) {
    std::vector<zmq::const_buffer> frames;
    for (const std::string& frame : answers_.front().frames) frames.push_back(zmq::buffer(frame));
    zmq::send_multipart(socket_, frames, zmq::send_flags::dontwait);
    answers_.pop_front();
  }
  return answers_.empty() ? std::nullopt : std::optional(answers_.front().due);
}

bool ZapHandler::take_one() {
  std::vector<zmq::message_t> asked;
  if (!zmq::recv_multipart(socket_, std::back_inserter(asked), zmq::recv_flags::dontwait)) return false;
  if (asked.size() < kEnvelope) return true;
  const auto request = [&](std::size_t n) {
    return kEnvelope + n < asked.size() ? asked[kEnvelope + n].to_string() : std::string();
  };

  std::string user, metadata, status = "400", why = "unknown key";
  if (asked.size() == kEnvelope + kFrames && request(0) == "1.0" && request(5) == "CURVE") {
    const auto key = key_of(asked[kEnvelope + 6]);
    if (key && request(2) == zap_domain(Admission::members) && admit_(*key)) {
      if (within_rate(*key)) {
        user = wire::to_hex({reinterpret_cast<const char*>(key->data()), key->size()});
        metadata = identity(ids_.next());
      } else {
        status = "300";  // libzmq says nothing to the client then, and lets it go when the time for a handshake is over
        why = "too often";
      }
    } else if (key && request(2) == zap_domain(Admission::anyone)) {
      user = "anyone";
    }
  }
  if (!user.empty()) status = "200", why = "OK";
  answers_.push_back(
      {Clock::now() + kLater, {asked[0].to_string(), "", "1.0", request(1), status, why, user, metadata}});
  return true;
}

bool ZapHandler::within_rate(const PublicKey& key) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto [it, added] =
      handshakes_.try_emplace(key, Allowance(limits::kHandshakesPerSecond, limits::kHandshakesBurst));
  return it->second.take(1, Micros{std::chrono::duration_cast<std::chrono::microseconds>(now).count()});
}

}  // namespace noroshi::transport
