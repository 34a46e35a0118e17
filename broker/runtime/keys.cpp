// The broker's keys: made by init, read at every start, never overwritten.
#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "broker/runtime/data_directory.h"
#include "broker/runtime/files.h"
#include "proto/wire/credential.h"

namespace noroshi::runtime {
namespace {

const std::uint8_t* octets(std::string_view s) { return reinterpret_cast<const std::uint8_t*>(s.data()); }

wire::SecretKey secret(const fs::path& file, std::size_t bytes) {
  try {
    return wire::load_secret(file, bytes);
  } catch (const wire::CredentialError& error) {
    throw ConfigError(error.what());
  }
}

wire::SigningKey signing_key(const fs::path& file) {
  wire::SigningKey key;
  key.secret = secret(file, crypto_sign_SECRETKEYBYTES);
  // An Ed25519 secret key is seed || public key; a file in which they do not belong together is damaged.
  std::string derived(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(key.public_key.data(), reinterpret_cast<std::uint8_t*>(derived.data()),
                           octets(key.secret.bytes()));
  const bool same = derived == key.secret.bytes();
  sodium_memzero(derived.data(), derived.size());
  if (!same) throw ConfigError(file.string() + ": its two halves contradict each other; restore it from a backup");
  return key;
}

}  // namespace

Keys load_keys(const DataDirectory& data) {
  Keys keys;
  keys.transport.secret = secret(data.transport_key(), crypto_box_SECRETKEYBYTES);
  crypto_scalarmult_base(keys.transport.public_key.data(), octets(keys.transport.secret.bytes()));
  keys.log = signing_key(data.log_key());
  return keys;
}

wire::SigningKey load_registrar(const fs::path& file) { return signing_key(file); }

PublicKey load_registrar_public(const DataDirectory& data) {
  const fs::path file = data.registrar_public();
  std::string text = read_whole(file, 1024);
  if (text.ends_with('\n')) text.pop_back();
  const auto raw = wire::from_hex(text);
  PublicKey key{};
  if (!raw || raw->size() != key.size())
    throw ConfigError(file.string() + ":1: is no public key of 64 hex digits; restore it from a backup");
  std::copy(raw->begin(), raw->end(), key.begin());
  return key;
}

}  // namespace noroshi::runtime
