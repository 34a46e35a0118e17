#include "proto/wire/sealing.h"

#include <stdexcept>

namespace noroshi::wire {
namespace {

const std::uint8_t* octets(std::string_view s) { return reinterpret_cast<const std::uint8_t*>(s.data()); }
std::uint8_t* octets(std::string& s) { return reinterpret_cast<std::uint8_t*>(s.data()); }

void ready() {
  static const bool done = sodium_init() >= 0;  // any number of calls from any thread is one
  if (!done) throw std::runtime_error("libsodium cannot be initialised: no source of randomness");
}

}  // namespace

Sealer::Sealer(std::string_view key) : header_(crypto_secretstream_xchacha20poly1305_HEADERBYTES, '\0') {
  ready();
  if (key.size() != kSessionKeyBytes) throw std::logic_error("Sealer: a session key has 32 bytes");
  crypto_secretstream_xchacha20poly1305_init_push(&state_, octets(header_), octets(key));
}

Bytes Sealer::seal(std::string_view plain) {
  Bytes out(plain.size() + crypto_secretstream_xchacha20poly1305_ABYTES, '\0');
  crypto_secretstream_xchacha20poly1305_push(&state_, octets(out), nullptr, octets(plain), plain.size(), nullptr, 0,
                                             crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
  return out;
}

std::optional<Opener> Opener::make(std::string_view key, std::string_view header) {
  ready();
  if (key.size() != kSessionKeyBytes || header.size() != crypto_secretstream_xchacha20poly1305_HEADERBYTES)
    return std::nullopt;
  Opener opener;
  if (crypto_secretstream_xchacha20poly1305_init_pull(&opener.state_, octets(header), octets(key)) != 0)
    return std::nullopt;
  return opener;
}

std::optional<Bytes> Opener::open(std::string_view sealed) {
  if (sealed.size() < crypto_secretstream_xchacha20poly1305_ABYTES) return std::nullopt;
  Bytes out(sealed.size() - crypto_secretstream_xchacha20poly1305_ABYTES, '\0');
  std::uint8_t tag = 0;
  // A frame that does not open leaves the state as it was: the next right one still opens.
  if (crypto_secretstream_xchacha20poly1305_pull(&state_, octets(out), nullptr, &tag, octets(sealed), sealed.size(),
                                                 nullptr, 0) != 0 ||
      tag != crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
    return std::nullopt;
  return out;
}

}  // namespace noroshi::wire
