#include "proto/client/keyring.h"

#include "tests/support/catch.h"
#include "tests/unit/subscriber/fake_broker.h"

namespace noroshi::client {

namespace {

using test::Author;

v1::Roster roster_of(const wire::SigningKey& registrar, const std::vector<Member>& members) {
  v1::Roster roster;
  for (const Member& member : members) *roster.add_members() = wire::sign_member(registrar, member);
  return roster;
}

Check checked(const Keyring& keyring, const v1::SignedReport& report, Micros recorded_at = Micros{1}) {
  v1::Report decoded;
  return decoded.ParseFromString(report.report()) ? keyring.check(report, decoded.organization(), recorded_at)
                                                  : Check::invalid;
}

}  // namespace

TEST_CASE("a report's signature against the roster") {
  const wire::SigningKey registrar = wire::make_signing_key();
  const Author bank{"bank-a"};
  const Author power{"power-b"};
  const Author stranger{"bank-a"};  // says it is bank-a, with a key of its own
  Keyring keyring(registrar.public_key);
  REQUIRE(keyring.load(roster_of(registrar, {bank.member(), power.member()})) == 0);

  auto altered = bank.sign("障害");
  v1::Report other;
  other.ParseFromString(altered.report());
  (*other.mutable_title())["ja"] = "復旧";
  altered.set_report(other.SerializeAsString());

  auto short_signature = bank.sign("障害");
  short_signature.mutable_signature()->pop_back();

  auto no_report = bank.sign("障害");
  no_report.set_report("\xff\xff\xff");

  // A key that is enrolled, but for someone else.
  v1::Report as_power;
  as_power.set_organization("power-b");
  const auto borrowed = wire::sign_report(bank.key, as_power);

  auto wrong_key_id = bank.sign("障害");
  wrong_key_id.set_key_id(wire::key_id(power.key.public_key));

  struct Row {
    const char* what;
    v1::SignedReport report;
    Check expected;
  };
  const std::vector<Row> rows{
      {"as signed", bank.sign("障害"), Check::valid},
      {"another member's own report", power.sign("停電"), Check::valid},
      {"one word altered", altered, Check::invalid},
      {"signature cut short", short_signature, Check::invalid},
      {"bytes that are no report", no_report, Check::invalid},
      {"a stranger's key under a member's name", stranger.sign("偽"), Check::unknown_key},
      {"an organisation that is not enrolled", Author{"nobody"}.sign("誰"), Check::unknown_key},
      {"a member's key under another member's name", borrowed, Check::unknown_key},
      {"the key id of another member", wrong_key_id, Check::unknown_key},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(name_of(checked(keyring, row.report)) == name_of(row.expected));
  }
}

TEST_CASE("the roster is believed only where the registrar signed it") {
  const wire::SigningKey registrar = wire::make_signing_key();
  const wire::SigningKey impostor = wire::make_signing_key();
  const Author bank{"bank-a"};
  const Author power{"power-b"};
  v1::Roster roster = roster_of(registrar, {bank.member()});
  *roster.add_members() = wire::sign_member(impostor, power.member());
  auto tampered = wire::sign_member(registrar, Author{"gas-c"}.member());
  tampered.mutable_member()->append("x");
  *roster.add_members() = tampered;

  Keyring keyring(registrar.public_key);
  CHECK(keyring.load(roster) == 2);
  CHECK(keyring.size() == 1);
  REQUIRE(keyring.name("bank-a"));
  CHECK(keyring.name("bank-a")->at("ja") == "銀行");
  CHECK_FALSE(keyring.name("power-b"));
  CHECK(checked(keyring, bank.sign("障害")) == Check::valid);
  CHECK(checked(keyring, power.sign("停電")) == Check::unknown_key);
}

TEST_CASE("a new roster stands in place of the old one, what the log taught stays") {
  const wire::SigningKey registrar = wire::make_signing_key();
  const Author before{"bank-a"};
  const Author after{"bank-a"};  // the same organisation with new keys
  Keyring keyring(registrar.public_key);
  keyring.load(roster_of(registrar, {before.member()}));
  keyring.load(roster_of(registrar, {after.member()}));
  CHECK(checked(keyring, before.sign("旧")) == Check::unknown_key);
  CHECK(checked(keyring, after.sign("新")) == Check::valid);

  CHECK(keyring.learn(wire::sign_member(wire::make_signing_key(), before.member())) == Check::invalid);
  CHECK(checked(keyring, before.sign("旧")) == Check::unknown_key);
  CHECK(keyring.learn(wire::sign_member(registrar, before.member())) == Check::valid);
  keyring.load(roster_of(registrar, {after.member()}));
  CHECK(checked(keyring, before.sign("旧")) == Check::valid);
}

TEST_CASE("what a member signed before its revocation stays valid") {
  const wire::SigningKey registrar = wire::make_signing_key();
  const Author bank{"bank-a"};
  Member revoked = bank.member();
  revoked.revoked = true;
  Keyring keyring(registrar.public_key);
  keyring.load(roster_of(registrar, {revoked}));
  CHECK(checked(keyring, bank.sign("障害")) == Check::valid);
}

TEST_CASE("a former key checks what was recorded while it was good") {
  const wire::SigningKey registrar = wire::make_signing_key();
  const Author former{"bank-a"};
  const Author present{"bank-a"};
  Member member = present.member();
  member.retired.push_back({PublicKey{1}, former.key.public_key, Micros{1000}});
  Keyring keyring(registrar.public_key);
  keyring.load(roster_of(registrar, {member}));
  CHECK(checked(keyring, former.sign("前"), Micros{999}) == Check::valid);
  CHECK(checked(keyring, former.sign("後"), Micros{1000}) == Check::unknown_key);
  CHECK(checked(keyring, present.sign("今"), Micros{5000}) == Check::valid);
  // What the log taught does not outlive the roster's word.
  keyring.learn(wire::sign_member(registrar, former.member()));
  CHECK(checked(keyring, former.sign("後"), Micros{1000}) == Check::unknown_key);
}

}  // namespace noroshi::client
