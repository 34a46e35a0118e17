// Ed25519 over exact bytes, SHA-256, random. libsodium and OpenSSL live here; sodium_init() is called on first use.
// Pure but for the random functions; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "noroshi/v1/member.pb.h"
#include "noroshi/v1/receipt.pb.h"
#include "noroshi/v1/report.pb.h"
#include "proto/types/ids.h"
#include "proto/types/member.h"
#include "proto/types/receipt.h"

namespace noroshi::wire {

// A secret key in libsodium's guarded memory: not swapped, not in core dumps, wiped at the end, read-only until then. Copies
// share it. 64 bytes for Ed25519 (seed || public), 32 for CURVE25519.
class SecretKey {
 public:
  SecretKey() = default;
  explicit SecretKey(std::string bytes);  // wipes what it is given
  std::string_view bytes() const { return {memory_.get(), size_}; }
  bool empty() const { return size_ == 0; }

 private:
  std::shared_ptr<const char> memory_;
  std::size_t size_ = 0;
};

struct SigningKey {
  PublicKey public_key{};
  SecretKey secret;
};
SigningKey make_signing_key();

// CURVE25519 for CurveZMQ.
struct TransportKey {
  PublicKey public_key{};
  SecretKey secret;
};
TransportKey make_transport_key();

// The public half of a secret; nullopt: wrong size, or (Ed25519: seed || public) halves that contradict each other.
std::optional<PublicKey> public_signing_key(const SecretKey& secret);
std::optional<PublicKey> public_transport_key(const SecretKey& secret);

// First 16 hex digits of SHA-256(public key).
std::string key_id(const PublicKey& key);

inline constexpr std::string_view kReportContext = "noroshi.v1.report\n";
inline constexpr std::string_view kReceiptContext = "noroshi.v1.receipt\n";
inline constexpr std::string_view kMemberContext = "noroshi.v1.member\n";

Bytes sign(const SigningKey& key, std::string_view context, std::string_view bytes);  // 64 bytes
bool verify(const PublicKey& key, std::string_view context, std::string_view bytes, std::string_view signature);

v1::SignedReport sign_report(const SigningKey& key, const v1::Report& report);  // serialises once
v1::SignedReceipt sign_receipt(const SigningKey& key, const Receipt& receipt);
v1::MemberChange sign_member(const SigningKey& registrar, const Member& member);
// The member, if the registrar's signature over it is valid.
std::optional<Member> open_member(const PublicKey& registrar, const v1::MemberChange& change);

Hash sha256(std::string_view a, std::string_view b = {});
Hash leaf_of(const Salt& salt, std::string_view body);  // SHA-256(salt || body)
std::array<std::uint8_t, 49> leaf_data(Seq seq, Micros recorded_at, std::uint8_t kind, const Hash& leaf);

Hash hmac_sha256(const SecretKey& key, std::string_view bytes);  // RFC 2104, with a key of any length

Salt random_salt();
Bytes random_bytes(std::size_t n);
ReportId make_uuidv7(Micros now);                          // random tail
ReportId derive_uuidv7(Micros at, std::string_view seed);  // tail from SHA-256(seed): the same entry, the same id

std::string to_hex(std::string_view bytes);
std::string to_hex(const Hash& hash);
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace noroshi::wire
