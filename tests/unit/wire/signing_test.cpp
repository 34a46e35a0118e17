#include "proto/wire/signing.h"

#include <set>

#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::wire;

namespace {

std::string unhex(std::string_view text) { return from_hex(text).value(); }

template <class Array>
Array array_of(std::string_view hex) {
  const std::string raw = unhex(hex);
  Array out{};
  REQUIRE(raw.size() == out.size());
  std::copy(raw.begin(), raw.end(), out.begin());
  return out;
}

bool form_is_uuidv7(const std::string& id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? id[i] != '-' : std::string("0123456789abcdef").find(id[i]) == std::string::npos) return false;
  }
  return id[14] == '7' && std::string("89ab").find(id[19]) != std::string::npos;
}

}  // namespace

TEST_CASE("Ed25519: the answers of RFC 8032, section 7.1") {
  struct Row {
    const char* seed;
    const char* key;
    const char* message;
    const char* signature;
  };
  const Row rows[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2"
       "4655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
       "eb00d291612bb0c00"},
  };
  for (const Row& row : rows) {
    SigningKey key;
    key.public_key = array_of<PublicKey>(row.key);
    key.secret = SecretKey(unhex(row.seed) + unhex(row.key));
    CHECK(to_hex(sign(key, "", unhex(row.message))) == row.signature);
    CHECK(verify(key.public_key, "", unhex(row.message), unhex(row.signature)));
    CHECK(verify(key.public_key, unhex(row.message), "", unhex(row.signature)));  // the context is simply put before
  }
}

TEST_CASE("a signature holds for these octets, this context and this key only") {
  const SigningKey key = make_signing_key();
  const std::string message = "報告 report";
  const Bytes signature = sign(key, kReportContext, message);
  REQUIRE(signature.size() == 64);
  CHECK(verify(key.public_key, kReportContext, message, signature));
  CHECK_FALSE(verify(key.public_key, kMemberContext, message, signature));
  CHECK_FALSE(verify(make_signing_key().public_key, kReportContext, message, signature));
  for (std::size_t i = 0; i < message.size(); ++i) {
    std::string altered = message;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    CHECK_FALSE(verify(key.public_key, kReportContext, altered, signature));
  }
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Bytes altered = signature;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    CHECK_FALSE(verify(key.public_key, kReportContext, message, altered));
    CHECK_FALSE(verify(key.public_key, kReportContext, message, signature.substr(0, i)));
  }
  CHECK_FALSE(verify(key.public_key, kReportContext, message, signature + "x"));
  CHECK_FALSE(verify(PublicKey{}, kReportContext, message, signature));
  CHECK_THROWS_AS(sign(SigningKey{}, kReportContext, message), std::logic_error);
}

TEST_CASE("a signed report carries the exact bytes that were signed") {
  const SigningKey key = make_signing_key();
  v1::Report report;
  report.set_item("C.it-failure");
  const auto out = sign_report(key, report);
  CHECK(out.report() == report.SerializeAsString());
  CHECK(verify(key.public_key, kReportContext, out.report(), out.signature()));
  CHECK(out.key_id() == key_id(key.public_key));
  CHECK(out.key_id() == to_hex(sha256(std::string(key.public_key.begin(), key.public_key.end()))).substr(0, 16));
}

TEST_CASE("a member is opened only under its registrar's signature") {
  const SigningKey registrar = make_signing_key();
  Member member;
  member.organization = "kaisha";
  member.tier = Tier::operator_;
  const auto change = sign_member(registrar, member);
  REQUIRE(open_member(registrar.public_key, change));
  CHECK(open_member(registrar.public_key, change)->organization == "kaisha");
  CHECK_FALSE(open_member(make_signing_key().public_key, change));
  for (std::size_t i = 0; i < change.member().size(); ++i) {
    auto altered = change;
    (*altered.mutable_member())[i] = static_cast<char>(altered.member()[i] ^ 1);
    CHECK_FALSE(open_member(registrar.public_key, altered));
  }
  const auto signed_as_is = [&](const std::string& bytes) {
    v1::MemberChange out;
    out.set_member(bytes);
    out.set_signature(sign(registrar, kMemberContext, bytes));
    return out;
  };
  CHECK_FALSE(open_member(registrar.public_key, signed_as_is("no member")));
  v1::Member strange = v1::Member();
  strange.set_tier("emperor");
  CHECK_FALSE(open_member(registrar.public_key, signed_as_is(strange.SerializeAsString())));
  strange.set_tier("nisc");
  CHECK(open_member(registrar.public_key, signed_as_is(strange.SerializeAsString())));
  strange.add_signing_keys("short");
  CHECK_FALSE(open_member(registrar.public_key, signed_as_is(strange.SerializeAsString())));
}

TEST_CASE("SHA-256 and the leaf") {
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("ab", "c") == sha256("abc"));
  Salt salt{};
  for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<std::uint8_t>(i);
  CHECK(leaf_of(salt, "body") == sha256(std::string("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17body", 20)));
}

TEST_CASE("HMAC-SHA-256 is that of RFC 4231") {
  CHECK(to_hex(hmac_sha256(SecretKey("Jefe"), "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha256(SecretKey(std::string(131, '\xaa')),
                           "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("leaf data: seq, recorded at, kind, leaf; 49 octets") {
  Hash leaf{};
  leaf.fill(0xEE);
  const auto data = leaf_data(Seq{0x0102030405060708}, Micros{0x1112131415161718}, 5, leaf);
  const std::string raw(data.begin(), data.end());
  CHECK(raw.size() == 49);
  CHECK(to_hex(raw) ==
        "0102030405060708"
        "1112131415161718"
        "05" +
            std::string("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"));
}

TEST_CASE("UUIDv7") {
  const Micros at{1'700'000'000'123'456};
  const ReportId a = make_uuidv7(at);
  INFO(a.value);
  CHECK(form_is_uuidv7(a.value));
  CHECK(a.value.substr(0, 13) == "018bcfe5-687b");  // 1,700,000,000,123 ms
  CHECK(make_uuidv7(at) != a);
  CHECK(make_uuidv7(at + 1000) > a);  // text order is the order of time
  for (int i = 0; i < 1000; ++i) REQUIRE(form_is_uuidv7(make_uuidv7(at + i * 7919).value));
  CHECK(derive_uuidv7(at, "seed") == derive_uuidv7(at, "seed"));
  CHECK(derive_uuidv7(at, "seed") != derive_uuidv7(at, "seee"));
  CHECK(form_is_uuidv7(derive_uuidv7(at, "seed").value));
  CHECK(derive_uuidv7(at, "seed").value.substr(0, 13) == "018bcfe5-687b");
  CHECK(form_is_uuidv7(make_uuidv7(Micros{-1}).value));
}

TEST_CASE("hexadecimal and base64: what is written is read, and nothing else") {
  const std::string all = [] {
    std::string out;
    for (int i = 0; i < 256; ++i) out += static_cast<char>(i);
    return out;
  }();
  for (std::size_t n = 0; n <= all.size(); ++n) {
    CHECK(from_hex(to_hex(all.substr(0, n))) == all.substr(0, n));
    CHECK(from_base64(to_base64(all.substr(0, n))) == all.substr(0, n));
  }
  CHECK(to_hex(std::string_view("\x00\xff\x10", 3)) == "00ff10");
  CHECK(from_hex("00FF10") == std::string("\x00\xff\x10", 3));
  CHECK(to_base64("any carnal pleas") == "YW55IGNhcm5hbCBwbGVhcw==");
  for (const char* bad : {"0", "0g", "00 ", " 00", "0x00", "00\n"}) CHECK_FALSE(from_hex(bad));
  for (const char* bad : {"YQ", "YQ=", "YQ===", "YR==", "Y", "YQ==\n", " YQ==", "Y-==", "====", "YQ==YQ=="}) {
    INFO(bad);
    CHECK_FALSE(from_base64(bad));
  }
}

TEST_CASE("random things differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const Salt salt = random_salt();
    CHECK(seen.insert(std::string(salt.begin(), salt.end())).second);
    CHECK(seen.insert(random_bytes(32)).second);
    CHECK(seen.insert(std::string(make_transport_key().secret.bytes())).second);
  }
  CHECK(random_bytes(0).empty());
  CHECK(make_transport_key().secret.bytes().size() == 32);
  CHECK(make_signing_key().secret.bytes().size() == 64);
}
