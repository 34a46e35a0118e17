// Before the broker opens: a stranger's key must be refused on every member socket. CURVE in ZeroMQ fails open when its
// ZAP handler is missing or misconfigured; this shows that it does not.
#pragma once

#include <zmq.hpp>

#include <chrono>
#include <functional>
#include <string>

#include "broker/transport/zap_handler.h"
#include "proto/wire/signing.h"

namespace noroshi::transport {

// Throws std::runtime_error if a fresh unknown key gets in, or if nobody says no within five seconds. Serves `zap`
// meanwhile (the reactor does not run yet).
void refuse_strangers(zmq::context_t& context, ZapHandler& zap, const std::string& endpoint, const PublicKey& server);
// The same for a handler that `serve` lets answer, if it needs to be asked at all.
void refuse_strangers(zmq::context_t& context, const std::function<void()>& serve, const std::string& endpoint,
                      const PublicKey& server, std::chrono::milliseconds patience);

}  // namespace noroshi::transport
