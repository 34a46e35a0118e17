#include "broker/transport/context.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>

#include "proto/types/limits.h"
#include "proto/types/listening.h"

namespace noroshi::transport {

namespace {
// Draft names; the numbers work on the stable library.
constexpr int kZapEnforceDomain = 93;
constexpr int kZeroCopyReceive = 10;

// Each connection is a descriptor. Without any left libzmq can accept nobody, and spins over those who knock.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < limits::kMaxSessions)
    spdlog::warn(
        "only {} open files are allowed, fewer than the {} members' sessions that the broker can hold; raise the "
        "hard limit (LimitNOFILE= in the unit, or ulimit -Hn)",
        limit.rlim_max, limits::kMaxSessions);
}
}  // namespace

const char* zap_domain(Admission admission) { return admission == Admission::members ? "members" : "open"; }

zmq::context_t make_context() {
  raise_descriptor_limit();
  // libzmq numbers its routing ids from rand(), which nobody seeds: a peer that claims the next number as its own
  // identity would abort the process.
  unsigned seed = 0;
  std::memcpy(&seed, wire::random_bytes(sizeof seed).data(), sizeof seed);
  std::srand(seed);
  zmq::context_t context;
  context.set(zmq::ctxopt::io_threads, 2);
  // Or each small message that waits keeps the whole buffer it came in: 18 KiB.
  if (zmq_ctx_set(context.handle(), kZeroCopyReceive, 0) != 0)
    throw std::runtime_error("this libzmq cannot receive by copy (ZMQ_ZERO_COPY_RECV): refusing to open a socket");
  context.set(zmq::ctxopt::max_sockets, 65535);
  return context;
}

void harden(zmq::socket_t& socket, const wire::TransportKey& key, const ServerOptions& options) {
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::ipv6, true);
  socket.set(zmq::sockopt::affinity, static_cast<std::uint64_t>(options.io_thread));
  socket.set(zmq::sockopt::curve_server, true);
  socket.set(zmq::sockopt::curve_secretkey, zmq::const_buffer(key.secret.bytes().data(), key.secret.bytes().size()));
  socket.set(zmq::sockopt::zap_domain, zap_domain(options.admission));
  const int enforce = 1;
  if (zmq_setsockopt(socket.handle(), kZapEnforceDomain, &enforce, sizeof enforce) != 0)
    throw std::runtime_error("this libzmq cannot enforce ZAP (ZMQ_ZAP_ENFORCE_DOMAIN): refusing to open a socket");
  socket.set(zmq::sockopt::maxmsgsize, options.max_message_bytes);
  socket.set(zmq::sockopt::sndhwm, options.send_high_water);
  // No mark where libzmq stops reading a peer: 4.3.4 aborts (!_io_error) over one that it has stopped reading, that goes
  // away, and of which it still holds a PING. What peers may heap up is bounded by Connections and FeedGuard instead.
  socket.set(zmq::sockopt::rcvhwm, 0);
  socket.set(zmq::sockopt::sndbuf, 128 * 1024);  // or the kernel hides megabytes per stalled peer
  socket.set(zmq::sockopt::handshake_ivl, 2000);
  socket.set(zmq::sockopt::backlog, 1024);
}

void bind(zmq::socket_t& socket, const std::string& endpoint) {
  try {
    socket.bind(endpoint);
  } catch (const zmq::error_t& error) {
    throw std::runtime_error(cannot_listen(endpoint, error.what(), "host"));
  }
}

std::string endpoint(const std::string& host, int port) {
  return "tcp://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

}  // namespace noroshi::transport
