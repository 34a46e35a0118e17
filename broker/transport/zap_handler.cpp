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

std::optional<PublicKey> key_of(const zmq::message_t& credentials) {
  PublicKey key;
  if (credentials.size() != key.size()) return std::nullopt;
  std::copy_n(credentials.data<std::uint8_t>(), key.size(), key.begin());
  return key;
}

}  // namespace

ZapHandler::ZapHandler(zmq::context_t& context, std::function<bool(const PublicKey&)> admit)
    : socket_(context, zmq::socket_type::rep), admit_(std::move(admit)) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind("inproc://zeromq.zap.01");
}

bool ZapHandler::serve_one() {
  std::vector<zmq::message_t> request;
  if (!zmq::recv_multipart(socket_, std::back_inserter(request), zmq::recv_flags::dontwait)) return false;

  std::string user, status = "400", why = "unknown key";
  if (request.size() == kFrames && request[0].to_string_view() == "1.0" && request[5].to_string_view() == "CURVE") {
    const auto domain = request[2].to_string_view();
    const auto key = key_of(request[6]);
    if (key && domain == zap_domain(Admission::members) && admit_(*key)) {
      if (within_rate(*key)) {
        user = wire::to_hex({reinterpret_cast<const char*>(key->data()), key->size()});
      } else {
        status = "300";  // libzmq says nothing to the client then, and lets it go when the time for a handshake is over
        why = "too often";
      }
    } else if (key && domain == zap_domain(Admission::anyone)) {
      user = "anyone";
    }
  }
  const std::string request_id = request.size() > 1 ? request[1].to_string() : "";
  if (!user.empty()) status = "200", why = "OK";
  const std::array<zmq::const_buffer, 6> reply{zmq::str_buffer("1.0"), zmq::buffer(request_id),
                                               zmq::buffer(status),    zmq::buffer(why),
                                               zmq::buffer(user),      zmq::const_buffer("", 0)};
  zmq::send_multipart(socket_, reply, zmq::send_flags::dontwait);
  return true;
}

bool ZapHandler::within_rate(const PublicKey& key) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto [it, added] =
      handshakes_.try_emplace(key, Allowance(limits::kHandshakesPerSecond, limits::kHandshakesBurst));
  return it->second.take(1, Micros{std::chrono::duration_cast<std::chrono::microseconds>(now).count()});
}

}  // namespace noroshi::transport
