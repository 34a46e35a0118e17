#include "proto/wire/broker_key.h"

#include <algorithm>

#include "proto/wire/decode.h"

namespace noroshi::wire {

v1::SignedBrokerKey sign_broker_key(const SigningKey& registrar, const BrokerKey& key) {
  v1::BrokerKey statement;
  statement.set_origin(key.origin);
  statement.set_transport(key.transport.data(), key.transport.size());
  statement.set_made_at_us(key.made_at.value);
  v1::SignedBrokerKey out;
  out.set_statement(statement.SerializeAsString());
  out.set_signature(sign(registrar, kBrokerKeyContext, out.statement()));
  out.set_key_id(key_id(registrar.public_key));
  return out;
}

std::optional<BrokerKey> open_broker_key(const PublicKey& registrar, const std::string& origin,
                                         const v1::SignedBrokerKey& signed_key) {
  if (!verify(registrar, kBrokerKeyContext, signed_key.statement(), signed_key.signature())) return std::nullopt;
  v1::BrokerKey statement;
  BrokerKey out;
  if (!parse_strict(statement, signed_key.statement()) || statement.origin() != origin ||
      statement.transport().size() != out.transport.size() || statement.made_at_us() <= 0)
    return std::nullopt;
  out.origin = origin;
  std::copy(statement.transport().begin(), statement.transport().end(), out.transport.begin());
  out.made_at = Micros{statement.made_at_us()};
  return out;
}

}  // namespace noroshi::wire
