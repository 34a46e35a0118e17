#include "proto/client/broker_keys.h"

#include <stdlib.h>

#include "proto/wire/broker_key.h"
#include "tests/support/catch.h"

namespace noroshi::client {
namespace {

namespace fs = std::filesystem;

struct Scene {
  Scene() {
    std::string name = (fs::temp_directory_path() / "noroshi-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    folder = name;
    credential.organization = "kaisha";
    credential.broker = "noroshi.example.jp";
    credential.host = "127.0.0.1";
    credential.urgent_port = credential.batched_port = credential.archive_port = 7701;
    credential.broker_transport = first;
    credential.registrar = registrar.public_key;
    credential.transport = wire::make_transport_key();
    credential.signing = wire::make_signing_key();
    wire::save_credential(file(), credential);
  }
  ~Scene() { fs::remove_all(folder); }

  fs::path file() const { return folder / "member.toml"; }
  BrokerKeys start() {
    return {common, file(), wire::load_credential(file()),
            [this](const std::string& text) { warnings.push_back(text); }};
  }
  v1::SignedBrokerKey statement(const PublicKey& key, std::int64_t at) const {
    return wire::sign_broker_key(registrar, {credential.broker, key, Micros{at}});
  }
  std::pair<PublicKey, std::optional<wire::NextKey>> in_file() const {
    const wire::Credential there = wire::load_credential(file());
    return {there.broker_transport, there.broker_transport_next};
  }

  fs::path folder;
  cli::Common common;
  wire::SigningKey registrar = wire::make_signing_key();
  PublicKey first = wire::make_transport_key().public_key;
  PublicKey second = wire::make_transport_key().public_key;
  PublicKey third = wire::make_transport_key().public_key;
  wire::Credential credential;
  std::vector<std::string> warnings;
};

using Next = std::optional<wire::NextKey>;

}  // namespace

TEST_CASE("the next key is noted, and is the only one once it admits") {
  Scene scene;
  BrokerKeys keys = scene.start();
  keys.heard({});
  keys.heard(scene.statement(scene.first, 10));  // no other one is coming
  CHECK(scene.in_file() == std::pair(scene.first, Next{}));
  keys.heard(scene.statement(scene.second, 20));
  keys.admitted_by(scene.first);
  CHECK(scene.in_file() == std::pair(scene.first, Next{{scene.second, Micros{20}}}));
  BrokerKeys later = scene.start();
  CHECK(later.next()->key == scene.second);
  later.admitted_by(scene.second);
  CHECK(scene.in_file() == std::pair(scene.second, Next{}));
  keys.admitted_by(scene.second);  // another program with the same file
  later.heard(scene.statement(scene.second, 20));
  CHECK(scene.in_file() == std::pair(scene.second, Next{}));
  CHECK(scene.warnings.empty());
}

TEST_CASE("of two statements the later one holds, however they come") {
  Scene scene;
  BrokerKeys keys = scene.start();
  keys.heard(scene.statement(scene.second, 20));
  keys.heard(scene.statement(scene.third, 10));  // kept by somebody and said again
  keys.heard(scene.statement(scene.first, 15));
  CHECK(keys.next()->key == scene.second);
  keys.heard(scene.statement(scene.third, 30));
  CHECK(scene.in_file() == std::pair(scene.first, Next{{scene.third, Micros{30}}}));
  keys.heard(scene.statement(scene.first, 40));  // withdrawn
  CHECK(scene.in_file() == std::pair(scene.first, Next{}));
}

TEST_CASE("what the registrar did not sign for this broker is ignored, with one warning") {
  Scene scene;
  BrokerKeys keys = scene.start();
  const auto forged =
      wire::sign_broker_key(wire::make_signing_key(), {scene.credential.broker, scene.second, Micros{20}});
  keys.heard(forged);
  keys.heard(forged);
  CHECK(scene.warnings.size() == 1);
  keys.heard(wire::sign_broker_key(scene.registrar, {"another.example.jp", scene.second, Micros{20}}));
  CHECK(scene.warnings.size() == 2);
  CHECK_FALSE(keys.next());
  CHECK(scene.in_file() == std::pair(scene.first, Next{}));
}

TEST_CASE("a credential that is another one by now is left alone; one that is gone is told of once") {
  Scene scene;
  BrokerKeys keys = scene.start();
  fs::remove(scene.file());
  wire::Credential replaced = scene.credential;
  replaced.transport = wire::make_transport_key();
  wire::save_credential(scene.file(), replaced);
  keys.heard(scene.statement(scene.second, 20));
  CHECK(scene.in_file() == std::pair(scene.first, Next{}));
  CHECK(scene.warnings.empty());
  fs::remove(scene.file());
  keys.heard(scene.statement(scene.third, 30));
  keys.heard(scene.statement(scene.second, 40));
  CHECK(scene.warnings.size() == 1);
  CHECK(keys.next()->key == scene.second);  // in memory all the same
}

}  // namespace noroshi::client
