// Who may sign a note: a name and a public key (https://c2sp.org/signed-note, "Verifier keys"). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "proto/tlog/fault.h"
#include "proto/types/ids.h"

namespace noroshi::tlog {

enum class KeyType : std::uint8_t {
  ed25519 = 0x01,         // signs the text of a note as it is
  cosignature_v1 = 0x04,  // signs it with the time: a witness (https://c2sp.org/tlog-cosignature)
};

struct VerifierKey {
  std::string name;  // of a log: its origin
  KeyType type{};
  PublicKey key{};
  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

// The key of a log itself.
inline VerifierKey log_key(std::string origin, const PublicKey& key) {
  return {std::move(origin), KeyType::ed25519, key};
}

// Not empty, UTF-8, without Unicode spaces, control characters and plus signs.
bool is_key_name(std::string_view name);

// The first four bytes of SHA-256(name || 0x0A || type || key), big-endian.
std::uint32_t key_id(const VerifierKey& key);

// "<name>+<key id, 8 lower hex digits>+<base64(type || key)>".
std::string to_text(const VerifierKey& key);
// Exactly what to_text() writes. Faults: bad_verifier_key, bad_key_name, unknown_key_type, key_id_mismatch.
Result<VerifierKey> parse_verifier_key(std::string_view text);

}  // namespace noroshi::tlog
