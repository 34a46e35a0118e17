// New keys beside former ones, and validity that ends.
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

constexpr std::int64_t kOverlap = 10 * kMicrosPerSecond;

struct Scene : World {
  Scene() {
    enrol(cast::hatsuden());
    Member bank = cast::bank();
    bank.transport_keys = {key_of("bank 2")};
    bank.signing_keys = {key_of("bank 2 signs")};
    bank.retired = {{key_of("bank"), key_of("bank signs"), kStart + kOverlap}};
    enrol(bank);
  }
  core::Hello hello_with(const std::string& key) {
    core::Hello out = hello("bank", Door::urgent, {"*"});
    out.peer.key = key_of(key);
    return out;
  }
};

}  // namespace

TEST_CASE("during the overlap both transport keys connect and are delivered to") {
  Scene stage;
  std::vector<PeerId> peers;
  for (const std::string key : {"bank", "bank 2"}) {
    stage.reconnect("bank", Door::urgent);
    const core::Hello hello = stage.hello_with(key);
    const auto welcome = sent<core::Welcome>(stage.step(hello), hello.peer.id);
    REQUIRE(welcome.size() == 1);
    // Who comes with the former key hears when it ends.
    CHECK(welcome[0].access_until == (key == "bank" ? kStart + kOverlap : Micros{}));
    peers.push_back(hello.peer.id);
  }
  const core::Outcome outcome = stage.publish(report_of("r1", cast::hatsuden()));
  for (const PeerId peer : peers) CHECK(delivered(outcome, peer) == Names{"r1"});
}

TEST_CASE("a former key ends at its moment, in the middle of a session too") {
  Scene stage;
  const core::Hello hello = stage.hello_with("bank");
  stage.step(hello);
  stage.now = kStart + kOverlap;
  const core::Outcome outcome = stage.publish(report_of("r1", cast::hatsuden()));
  CHECK(delivered(outcome, hello.peer.id).empty());
  CHECK(closed(stage.step(core::Tick{}), hello.peer.id));
  const core::Outcome again = stage.step(hello);
  REQUIRE(sent<core::Refused>(again, hello.peer.id).size() == 1);
  CHECK(sent<core::Refused>(again, hello.peer.id)[0].reason == Reason::revoked);
  stage.reconnect("bank", Door::urgent);
  const core::Hello with_new = stage.hello_with("bank 2");
  CHECK(sent<core::Welcome>(stage.step(with_new), with_new.peer.id).size() == 1);
}

TEST_CASE("a key good in its time: signing") {
  const Member bank = [] {
    Member out = cast::bank();
    out.retired = {{key_of("bank"), key_of("former"), Micros{1000}}};
    return out;
  }();
  CHECK(bank.signing_keys_at(Micros{999}) == std::vector{key_of("bank signs"), key_of("former")});
  CHECK(bank.signing_keys_at(Micros{1000}) == std::vector{key_of("bank signs")});
}

TEST_CASE("a former key belongs to its organisation still") {
  Scene stage;
  Member thief = cast::vendor();
  SECTION("nobody else is enrolled with it") { thief.transport_keys = {key_of("bank")}; }
  SECTION("nobody else has it as a former one") {
    thief.retired = {{key_of("bank 2"), key_of("x"), kStart + kOverlap}};
  }
  const core::Outcome outcome = stage.change(thief);
  REQUIRE(outcome.admin.size() == 1);
  CHECK_FALSE(outcome.admin[0].error.empty());
}

TEST_CASE("a revoked member's keys all end, former ones too") {
  Scene stage;
  Member bank = *stage.broker().roster().by_organization("bank");
  bank.revoked = true;
  stage.enrol(bank);
  for (const std::string key : {"bank", "bank 2"}) {
    stage.reconnect("bank", Door::urgent);
    const core::Hello hello = stage.hello_with(key);
    CHECK(sent<core::Refused>(stage.step(hello), hello.peer.id).size() == 1);
  }
}

TEST_CASE("the end of access is the earlier of the key's and the member's") {
  Member bank = cast::bank();
  bank.retired = {{key_of("former"), key_of("x"), Micros{2000}}};
  CHECK(bank.access_ends(key_of("bank")) == std::nullopt);
  CHECK(bank.access_ends(key_of("former")) == Micros{2000});
  CHECK(bank.access_ends(key_of("stranger")) == Micros{0});
  bank.valid_until = Micros{1500};
  CHECK(bank.access_ends(key_of("bank")) == Micros{1500});
  CHECK(bank.access_ends(key_of("former")) == Micros{1500});
}

TEST_CASE("an end is announced thirty days before") {
  constexpr std::int64_t kDay = 24 * 3600 * kMicrosPerSecond;
  Member bank = cast::bank();
  CHECK_FALSE(bank.ends_soon(kStart));
  bank.valid_until = kStart + 31 * kDay;
  CHECK_FALSE(bank.ends_soon(kStart));
  CHECK(bank.ends_soon(kStart + 2 * kDay));
  CHECK_FALSE(bank.ends_soon(kStart + 31 * kDay));  // it has ended
}

TEST_CASE("who has not said that it has the broker's next key, in session and not") {
  Scene stage;
  using Organizations = std::set<std::string>;
  const auto lack = [&] { return stage.broker().lack_of("key 2", stage.now); };
  CHECK(lack().unaware.empty());
  CHECK(lack().unheard == Organizations{"bank", "hatsuden"});
  Member ended = cast::vendor();
  ended.valid_until = stage.now + 1;
  stage.enrol(ended);
  stage.now = stage.now + 1;
  CHECK(lack().unheard == Organizations{"bank", "hatsuden"});
  core::Hello urgent = stage.hello("hatsuden", Door::urgent, {"*"});
  core::Hello archive = stage.hello("hatsuden", Door::archive);
  archive.next_key = "key 2";
  stage.step(urgent);
  CHECK(lack().unheard == Organizations{"bank"});  // hatsuden is here, and unaware
  stage.step(archive);
  stage.step(core::Heartbeat{urgent.peer, {}, ""});    // which takes nothing back
  CHECK(lack().unaware == Organizations{"hatsuden"});  // one of its programs
  CHECK(lack().unheard == Organizations{"bank"});
  stage.step(core::Goodbye{archive.peer});
  stage.step(core::Heartbeat{urgent.peer, {}, ""});
  stage.step(core::Goodbye{urgent.peer});
  CHECK(lack().unheard == Organizations{"bank"});
  stage.step(urgent);
  stage.step(archive);
  stage.step(core::Heartbeat{urgent.peer, {}, "key 1"});
  CHECK(lack().unaware == Organizations{"hatsuden"});
  stage.step(core::Heartbeat{urgent.peer, {}, "key 2"});
  CHECK(lack().unaware.empty());
  stage.step(core::Goodbye{urgent.peer});
  stage.step(core::Goodbye{archive.peer});
  CHECK(lack().unheard == Organizations{"bank"});
  CHECK(stage.broker().lack_of("key 3", stage.now).unheard == Organizations{"bank", "hatsuden"});
}
