// Before the broker opens: a stranger's key must be refused on every member socket. CURVE in ZeroMQ fails open when its
// ZAP handler is missing or misconfigured; this shows that it does not.
#pragma once

#include <zmq.hpp>

#include <string>

#include "broker/transport/zap_handler.h"
#include "proto/wire/signing.h"

namespace noroshi::transport {

// Throws std::runtime_error if a fresh unknown key gets in, or if nobody says no within five seconds. Serves `zap`
// meanwhile (the reactor does not run yet).
void refuse_strangers(zmq::context_t& context, ZapHandler& zap, const std::string& endpoint, const PublicKey& server);

}  // namespace noroshi::transport
