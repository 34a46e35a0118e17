// The broker's keys: made by init, read at every start, never overwritten.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "broker/runtime/data_directory.h"
#include "broker/runtime/files.h"
#include "proto/types/words.h"
#include "proto/wire/credential.h"

namespace noroshi::runtime {
namespace {

constexpr std::size_t kSigningSecretBytes = 64;
constexpr std::size_t kTransportSecretBytes = 32;

wire::SecretKey secret(const fs::path& file, std::size_t bytes) {
  try {
    return wire::load_secret(file, bytes);
  } catch (const wire::CredentialError& error) {
    throw ConfigError(error.what());
  }
}

wire::SigningKey signing_key(const fs::path& file) {
  wire::SigningKey key;
  key.secret = secret(file, kSigningSecretBytes);
  const auto half = wire::public_signing_key(key.secret);
  if (!half)
    throw ConfigError(file.string() + say({": 秘密鍵と公開鍵が対応していません。バックアップから復元してください",
                                           ": its two halves contradict each other; restore it from a backup"}));
  key.public_key = *half;
  return key;
}

}  // namespace

Keys load_keys(const DataDirectory& data) {
  Keys keys;
  keys.transport.secret = secret(data.transport_key(), kTransportSecretBytes);
  keys.transport.public_key = wire::public_transport_key(keys.transport.secret).value();
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
    throw ConfigError(file.string() + say({":1: 16進64桁の公開鍵ではありません。バックアップから復元してください",
                                           ":1: is no public key of 64 hex digits; restore it from a backup"}));
  std::copy(raw->begin(), raw->end(), key.begin());
  return key;
}

}  // namespace noroshi::runtime
