// Sealed sessions: crypto_secretstream_xchacha20poly1305 under the key of the client's latest Hello. A routing id can be
// taken over by another peer; what is sealed is of no use to it. One owner, one thread.
#pragma once

#include <sodium.h>

#include <optional>
#include <string>
#include <string_view>

#include "proto/types/ids.h"

namespace noroshi::wire {

inline constexpr std::size_t kSessionKeyBytes = crypto_secretstream_xchacha20poly1305_KEYBYTES;

class Sealer {
 public:
  explicit Sealer(std::string_view key);  // precondition: kSessionKeyBytes bytes
  const Bytes& header() const { return header_; }
  Bytes seal(std::string_view plain);

 private:
  crypto_secretstream_xchacha20poly1305_state state_;
  Bytes header_;
};

class Opener {
 public:
  // nullopt if header or key have the wrong size.
  static std::optional<Opener> make(std::string_view key, std::string_view header);
  std::optional<Bytes> open(std::string_view sealed);  // nullopt: not for this session, or out of order

 private:
  crypto_secretstream_xchacha20poly1305_state state_;
};

}  // namespace noroshi::wire
