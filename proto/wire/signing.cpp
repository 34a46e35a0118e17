#include "proto/wire/signing.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>

#include "proto/wire/decode.h"

namespace noroshi::wire {
namespace {

// sodium_init() picks implementations and opens the random source; once, before anything else of libsodium.
void ready() {
  static const bool done = [] {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised: no source of randomness");
    return true;
  }();
  static_cast<void>(done);
}

const std::uint8_t* octets(std::string_view s) { return reinterpret_cast<const std::uint8_t*>(s.data()); }
std::uint8_t* octets(std::string& s) { return reinterpret_cast<std::uint8_t*>(s.data()); }
std::string_view chars(const std::uint8_t* data, std::size_t n) { return {reinterpret_cast<const char*>(data), n}; }

template <std::size_t N>
std::string_view chars(const std::array<std::uint8_t, N>& a) {
  return chars(a.data(), N);
}

// libsodium signs contiguous memory. Contexts end in a newline and none is the prefix of another, so that a signature
// over one kind of message is never one over another kind.
std::string in_context(std::string_view context, std::string_view bytes) {
  std::string message;
  message.reserve(context.size() + bytes.size());
  return message.append(context).append(bytes);
}

std::uint8_t byte_of(std::uint64_t value, int index_from_low) {
  return static_cast<std::uint8_t>((value >> (8 * index_from_low)) & 0xff);
}

void put_big_endian(std::uint64_t value, std::uint8_t* out) {
  for (int i = 0; i < 8; ++i) out[i] = byte_of(value, 7 - i);
}

// RFC 9562, section 5.7: 48 bits of milliseconds, version 7, 12 bits of tail, variant 10, 62 bits of tail.
ReportId uuidv7(Micros at, std::string_view tail) {
  const auto ms = static_cast<std::uint64_t>(at.value < 0 ? 0 : at.value / kMicrosPerMilli);
  std::string raw(16, '\0');
  for (int i = 0; i < 6; ++i) raw[static_cast<std::size_t>(i)] = static_cast<char>(byte_of(ms, 5 - i));
  for (std::size_t i = 6; i < 16; ++i) raw[i] = tail[i - 6];
  raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x70);
  raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
  std::string text = to_hex(raw);
  for (const std::size_t at_dash : {8u, 13u, 18u, 23u}) text.insert(at_dash, 1, '-');
  return ReportId{text};
}

}  // namespace

SecretKey::SecretKey(std::string bytes) : size_(bytes.size()) {
  if (bytes.empty()) return;
  ready();
  auto* memory = static_cast<char*>(sodium_malloc(bytes.size()));
  if (!memory) throw std::bad_alloc();
  std::copy(bytes.begin(), bytes.end(), memory);
  sodium_memzero(bytes.data(), bytes.size());
  memory_ = std::shared_ptr<const char>(memory, [](const char* p) { sodium_free(const_cast<char*>(p)); });
  sodium_mprotect_readonly(memory);
}

SigningKey make_signing_key() {
  ready();
  SigningKey key;
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_keypair(key.public_key.data(), octets(secret));
  key.secret = SecretKey(std::move(secret));
  return key;
}

TransportKey make_transport_key() {
  ready();
  TransportKey key;
  std::string secret(crypto_box_SECRETKEYBYTES, '\0');
  crypto_box_keypair(key.public_key.data(), octets(secret));
  key.secret = SecretKey(std::move(secret));
  return key;
}

std::optional<PublicKey> public_signing_key(const SecretKey& secret) {
  if (secret.bytes().size() != crypto_sign_SECRETKEYBYTES) return std::nullopt;
  PublicKey key;
  std::string derived(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(key.data(), octets(derived), octets(secret.bytes()));
  const bool same = derived == secret.bytes();
  sodium_memzero(derived.data(), derived.size());
  if (!same) return std::nullopt;
  return key;
}

std::optional<PublicKey> public_transport_key(const SecretKey& secret) {
  if (secret.bytes().size() != crypto_box_SECRETKEYBYTES) return std::nullopt;
  PublicKey key;
  crypto_scalarmult_base(key.data(), octets(secret.bytes()));
  return key;
}

std::string key_id(const PublicKey& key) { return to_hex(sha256(chars(key))).substr(0, 16); }

Bytes sign(const SigningKey& key, std::string_view context, std::string_view bytes) {
  ready();
  if (key.secret.bytes().size() != crypto_sign_SECRETKEYBYTES)
    throw std::logic_error("sign: not an Ed25519 secret key");
  const std::string message = in_context(context, bytes);
  Bytes signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(octets(signature), nullptr, octets(message), message.size(), octets(key.secret.bytes()));
  return signature;
}

bool verify(const PublicKey& key, std::string_view context, std::string_view bytes, std::string_view signature) {
  ready();
  if (signature.size() != crypto_sign_BYTES) return false;
  const std::string message = in_context(context, bytes);
  return crypto_sign_verify_detached(octets(signature), octets(message), message.size(), key.data()) == 0;
}

v1::SignedReport sign_report(const SigningKey& key, const v1::Report& report) {
  v1::SignedReport out;
  out.set_report(report.SerializeAsString());
  out.set_signature(sign(key, kReportContext, out.report()));
  out.set_key_id(key_id(key.public_key));
  return out;
}

v1::SignedReceipt sign_receipt(const SigningKey& key, const Receipt& receipt) {
  v1::SignedReceipt out;
  out.set_receipt(to_wire(receipt).SerializeAsString());
  out.set_signature(sign(key, kReceiptContext, out.receipt()));
  out.set_key_id(key_id(key.public_key));
  return out;
}

v1::MemberChange sign_member(const SigningKey& registrar, const Member& member) {
  v1::MemberChange out;
  out.set_member(to_wire(member).SerializeAsString());
  out.set_signature(sign(registrar, kMemberContext, out.member()));
  out.set_key_id(key_id(registrar.public_key));
  for (const std::string& contact : member.contacts) out.add_contacts(contact);
  return out;
}

std::optional<Member> open_member(const PublicKey& registrar, const v1::MemberChange& change) {
  if (!verify(registrar, kMemberContext, change.member(), change.signature())) return std::nullopt;
  v1::Member member;
  if (!parse_strict(member, change.member())) return std::nullopt;
  try {
    return to_plain(member, change);
  } catch (const std::runtime_error&) {
    return std::nullopt;  // signed, but by a registrar whose tiers or keys this program does not know: nobody is let in
  }
}

Hash sha256(std::string_view a, std::string_view b) {
  // Fetching the algorithm and allocating a context cost more than hashing a small message: both are kept.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // lives as long as the program
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free};
  Hash hash{};
  unsigned int length = 0;
  if (!algorithm || !context || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), a.data(), a.size()) != 1 ||
      EVP_DigestUpdate(context.get(), b.data(), b.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), hash.data(), &length) != 1 || length != hash.size())
    throw std::runtime_error("SHA-256 is not available from OpenSSL");
  return hash;
}

Hash leaf_of(const Salt& salt, std::string_view body) { return sha256(chars(salt), body); }

std::array<std::uint8_t, 49> leaf_data(Seq seq, Micros recorded_at, std::uint8_t kind, const Hash& leaf) {
  std::array<std::uint8_t, 49> out{};
  put_big_endian(seq.value, out.data());
  put_big_endian(static_cast<std::uint64_t>(recorded_at.value), out.data() + 8);
  out[16] = kind;
  for (std::size_t i = 0; i < leaf.size(); ++i) out[17 + i] = leaf[i];
  return out;
}

Hash hmac_sha256(const SecretKey& key, std::string_view bytes) {
  ready();
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, octets(key.bytes()), key.bytes().size());
  crypto_auth_hmacsha256_update(&state, octets(bytes), bytes.size());
  Hash out{};
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(&state, sizeof state);
  return out;
}

Salt random_salt() {
  ready();
  Salt salt{};
  randombytes_buf(salt.data(), salt.size());
  return salt;
}

Bytes random_bytes(std::size_t n) {
  ready();
  Bytes out(n, '\0');
  randombytes_buf(out.data(), n);
  return out;
}

ReportId make_uuidv7(Micros now) { return uuidv7(now, random_bytes(10)); }

ReportId derive_uuidv7(Micros at, std::string_view seed) { return uuidv7(at, chars(sha256(seed))); }

std::string to_hex(std::string_view bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), octets(bytes), bytes.size());
  out.pop_back();  // libsodium's terminator
  return out;
}

std::string to_hex(const Hash& hash) { return to_hex(chars(hash)); }

std::optional<std::string> from_hex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  std::size_t length = 0;
  // Without an end pointer libsodium refuses an odd digit and whatever is no digit.
  if (sodium_hex2bin(octets(out), out.size(), text.data(), text.size(), nullptr, &length, nullptr) != 0 ||
      length != out.size())
    return std::nullopt;
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), octets(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  std::size_t length = 0;
  if (sodium_base642bin(octets(out), out.size(), text.data(), text.size(), nullptr, &length, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0)
    return std::nullopt;
  out.resize(length);
  if (to_base64(out) != text) return std::nullopt;  // libsodium takes some bytes beyond ASCII for digits
  return out;
}

}  // namespace noroshi::wire
