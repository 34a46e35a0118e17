#include "proto/wire/broker_key.h"

#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::wire;

namespace {

const std::string kOrigin = "noroshi.example.jp";

v1::SignedBrokerKey signed_as_is(const SigningKey& registrar, std::string_view context, const std::string& bytes) {
  v1::SignedBrokerKey out;
  out.set_statement(bytes);
  out.set_signature(sign(registrar, context, bytes));
  return out;
}

}  // namespace

TEST_CASE("the next key of a broker is believed on the registrar's word only") {
  const SigningKey registrar = make_signing_key();
  const PublicKey next = make_transport_key().public_key;
  const auto good = sign_broker_key(registrar, {kOrigin, next, Micros{1234}});
  const auto opened = open_broker_key(registrar.public_key, kOrigin, good);
  REQUIRE(opened);
  CHECK(opened->transport == next);
  CHECK(opened->made_at == Micros{1234});
  CHECK(good.key_id() == key_id(registrar.public_key));

  CHECK_FALSE(open_broker_key(make_signing_key().public_key, kOrigin, good));
  CHECK_FALSE(open_broker_key(registrar.public_key, "another.example.jp", good));
  CHECK_FALSE(open_broker_key(registrar.public_key, "", good));
  CHECK_FALSE(open_broker_key(registrar.public_key, kOrigin, {}));
  for (std::size_t i = 0; i < good.statement().size(); ++i) {  // origin, key and time are in there
    auto altered = good;
    (*altered.mutable_statement())[i] = static_cast<char>(altered.statement()[i] ^ 1);
    CHECK_FALSE(open_broker_key(registrar.public_key, kOrigin, altered));
  }
  for (std::size_t i = 0; i < good.signature().size(); ++i) {
    auto altered = good;
    (*altered.mutable_signature())[i] = static_cast<char>(altered.signature()[i] ^ 1);
    CHECK_FALSE(open_broker_key(registrar.public_key, kOrigin, altered));
  }
  // What the registrar has signed as something else is no statement of a key.
  for (const std::string_view context : {kReportContext, kMemberContext, std::string_view()})
    CHECK_FALSE(open_broker_key(registrar.public_key, kOrigin, signed_as_is(registrar, context, good.statement())));
}

TEST_CASE("a statement that is signed and makes no sense") {
  const SigningKey registrar = make_signing_key();
  const auto opens = [&](const v1::BrokerKey& key) {
    return open_broker_key(registrar.public_key, kOrigin,
                           signed_as_is(registrar, kBrokerKeyContext, key.SerializeAsString()))
        .has_value();
  };
  v1::BrokerKey key;
  key.set_origin(kOrigin);
  key.set_transport(std::string(32, 'k'));
  key.set_made_at_us(1);
  CHECK(opens(key));
  for (const std::size_t size : {0u, 31u, 33u}) {
    key.set_transport(std::string(size, 'k'));
    CHECK_FALSE(opens(key));
  }
  key.set_transport(std::string(32, 'k'));
  for (const std::int64_t time : {0, -1}) {
    key.set_made_at_us(time);
    CHECK_FALSE(opens(key));
  }
  CHECK_FALSE(
      open_broker_key(registrar.public_key, kOrigin, signed_as_is(registrar, kBrokerKeyContext, "no statement")));
}
