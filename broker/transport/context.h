// The ZeroMQ context and what every bound socket of the broker must be set to. ZeroMQ fails open in several ways; each
// option here closes one.
#pragma once

#include <zmq.hpp>

#include <string>

#include "proto/wire/signing.h"

namespace noroshi::transport {

// Two I/O threads: one for the urgent socket alone, one for the rest.
enum class IoThread : std::uint64_t { urgent = 1, others = 2 };

// Which keys a socket lets in; the names are ZAP domains.
enum class Admission { members, anyone };
const char* zap_domain(Admission admission);

zmq::context_t make_context();

struct ServerOptions {
  IoThread io_thread = IoThread::others;
  Admission admission = Admission::members;
  std::int64_t max_message_bytes = 0;
  int send_high_water = 0;
};

// CURVE server with a non-empty ZAP domain that is enforced, bounded frames and handshakes, no lingering.
void harden(zmq::socket_t& socket, const wire::TransportKey& key, const ServerOptions& options);

std::string endpoint(const std::string& host, int port);

// Throws std::runtime_error that names the endpoint, the reason and the way out.
void bind(zmq::socket_t& socket, const std::string& endpoint);

}  // namespace noroshi::transport
