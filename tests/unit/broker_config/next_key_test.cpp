// Changing the broker's transport key, interrupted anywhere.
#include "broker/runtime/next_key.h"

#include <functional>

#include "broker/runtime/offline.h"
#include "proto/wire/credential.h"
#include "tests/support/catch.h"
#include "tests/unit/broker_config/temp_folder.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using namespace noroshi::runtime;

struct Scene {
  TempFolder folder;
  DataDirectory data = make_data(folder.path() / "data", sample_config());
  Config config = load_config(data.config());
  wire::SigningKey registrar = load_registrar(data.registrar_key());

  PublicKey present() const { return load_keys(data).transport.public_key; }
  auto pending() const { return load_transport_key_state(data, config).pending; }
  bool announce(std::int64_t at = 1000) { return announce_key(data, config, registrar, Micros{at}); }
  bool abandon() { return abandon_key(data, config, registrar, Micros{2000}); }
  bool nothing_left() const {
    return !fs::exists(data.next_transport_key()) && !fs::exists(data.former_transport_key()) &&
           !fs::exists(data.transport_change()) && !pending();
  }
};

TEST_CASE("a key is announced, finished, carried out; each once") {
  Scene s;
  const PublicKey former = s.present();
  CHECK_THROWS_AS(finish_key(s.data, s.config), ConfigError);
  CHECK_FALSE(s.abandon());
  CHECK(load_transport_key_state(s.data, s.config).statement.statement().empty());
  CHECK(s.announce());
  const auto next = s.pending();
  REQUIRE(next);
  CHECK(next->key != former);
  CHECK(next->made_at == Micros{1000});
  CHECK_FALSE(next->at_next_start);
  CHECK_FALSE(s.announce());
  CHECK(s.pending()->key == next->key);
  CHECK_FALSE(carry_out_key_change(s.data, s.config));  // not yet asked for
  CHECK(finish_key(s.data, s.config));
  CHECK_FALSE(finish_key(s.data, s.config));
  CHECK(s.pending()->at_next_start);
  CHECK(s.present() == former);
  CHECK(carry_out_key_change(s.data, s.config));
  CHECK_FALSE(carry_out_key_change(s.data, s.config));
  CHECK(s.present() == next->key);
  CHECK(s.nothing_left());
  CHECK(s.announce(10));  // with a clock that was set back: later all the same
  CHECK(s.pending()->made_at == Micros{1001});
}

TEST_CASE("abandoned: the present key is named, and the next one is gone") {
  for (const bool finished : {false, true}) {
    Scene s;
    const PublicKey present = s.present();
    s.announce();
    if (finished) finish_key(s.data, s.config);
    CHECK(s.abandon());
    CHECK(s.nothing_left());
    CHECK_FALSE(carry_out_key_change(s.data, s.config));
    CHECK(s.present() == present);
    const auto word = wire::open_broker_key(s.registrar.public_key, s.config.origin,
                                            load_transport_key_state(s.data, s.config).statement);
    REQUIRE(word);
    CHECK(word->transport == present);
    CHECK_FALSE(s.abandon());
  }
}

TEST_CASE("a crash between any two steps loses no key, and doing the same again completes it") {
  struct Row {
    const char* what;
    std::function<void(Scene&)> crashed;
    bool changed;  // by the next start
  };
  const auto announced = [](Scene& s) { s.announce(); };
  const auto finished = [](Scene& s) { s.announce(), finish_key(s.data, s.config); };
  const Row rows[] = {
      {"the next key, no statement",
       [](Scene& s) { wire::save_secret(s.data.next_transport_key(), wire::make_transport_key().secret); }, false},
      {"announced", announced, false},
      {"half a statement beside", [](Scene& s) { s.folder.write("data/keys/transport.statement.new", "0a"); }, false},
      {"finished", finished, true},
      {"the former key has two names",
       [&](Scene& s) { finished(s), fs::create_hard_link(s.data.transport_key(), s.data.former_transport_key()); },
       true},
      {"the next key is in place, the former one is there",
       [&](Scene& s) {
         finished(s);
         fs::create_hard_link(s.data.transport_key(), s.data.former_transport_key());
         fs::rename(s.data.next_transport_key(), s.data.transport_key());
       },
       false},
      {"the former one is gone, the mark is there",
       [&](Scene& s) {
         finished(s);
         fs::rename(s.data.next_transport_key(), s.data.transport_key());
       },
       false},
      {"withdrawn, the next key is there",
       [&](Scene& s) {
         announced(s);
         const wire::SecretKey next = wire::load_secret(s.data.next_transport_key(), 32);
         s.abandon();
         wire::save_secret(s.data.next_transport_key(), next);
       },
       false},
      {"two names of the former key, then abandoned",
       [&](Scene& s) {
         finished(s);
         fs::create_hard_link(s.data.transport_key(), s.data.former_transport_key());
         s.abandon();
       },
       false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    Scene s;
    row.crashed(s);
    const PublicKey before = s.present();
    const auto next = s.pending();
    CHECK(carry_out_key_change(s.data, s.config) == row.changed);  // a start
    CHECK(s.present() == (row.changed ? next->key : before));
    CHECK_FALSE(fs::exists(s.data.transport_change()));
    // And from there a whole change again.
    s.announce();
    const PublicKey following = s.pending()->key;
    finish_key(s.data, s.config);
    CHECK(carry_out_key_change(s.data, s.config));
    CHECK(s.present() == following);
    CHECK(s.nothing_left());
  }
}

TEST_CASE("a folder that contradicts itself is refused, and abandoning mends it") {
  Scene s;
  s.announce();
  SECTION("the next key is lost") { fs::remove(s.data.next_transport_key()); }
  SECTION("the next key is another one") {
    fs::remove(s.data.next_transport_key());
    wire::save_secret(s.data.next_transport_key(), wire::make_transport_key().secret);
  }
  SECTION("the broker has another name") { s.config.origin = "another.example.jp"; }
  CHECK_THROWS_AS(s.pending(), ConfigError);
  CHECK_THROWS_AS(finish_key(s.data, s.config), ConfigError);
  CHECK(s.abandon());
  CHECK(s.nothing_left());
}

TEST_CASE("a statement that the registrar did not sign is refused") {
  Scene s;
  announce_key(s.data, s.config, wire::make_signing_key(), Micros{1000});
  CHECK_THROWS_AS(s.pending(), ConfigError);
  CHECK_THROWS_AS(finish_key(s.data, s.config), ConfigError);
}

TEST_CASE("offline: what was finished is carried out") {
  Scene s;
  s.announce();
  const PublicKey next = s.pending()->key;
  v1::AdminRequest request;
  request.mutable_broker_key();
  CHECK(Offline::open(s.data)->handle(request, {}).error().empty());
  CHECK(s.present() != next);
  finish_key(s.data, s.config);
  CHECK(Offline::open(s.data)->handle(request, {}).error().empty());
  CHECK(s.present() == next);
  CHECK(s.nothing_left());
}

}  // namespace
