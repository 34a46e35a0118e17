// The registrar's word on which transport (CURVE) key a broker will have. libzmq binds a socket under one key, so the overlap of
// two is at the clients: they learn the next one before it is used. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "noroshi/v1/session.pb.h"
#include "proto/types/ids.h"
#include "proto/wire/signing.h"

namespace noroshi::wire {

inline constexpr std::string_view kBrokerKeyContext = "noroshi.v1.broker-key\n";

struct BrokerKey {
  std::string origin;     // the broker's
  PublicKey transport{};  // its present key: no other one is coming
  Micros made_at{};       // of two, the later one holds
};

v1::SignedBrokerKey sign_broker_key(const SigningKey& registrar, const BrokerKey& key);
// The statement, if it is about the broker of this name and the registrar's signature over it is valid.
std::optional<BrokerKey> open_broker_key(const PublicKey& registrar, const std::string& origin,
                                         const v1::SignedBrokerKey& signed_key);

}  // namespace noroshi::wire
