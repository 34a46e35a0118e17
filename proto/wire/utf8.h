// Is it UTF-8, and is it text? Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace noroshi::wire {

// Whole sequences only; no overlong forms, no surrogates, nothing past U+10FFFF (Unicode, table 3-7).
inline bool is_utf8(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    const auto at = [&](std::size_t k) { return static_cast<unsigned>(static_cast<unsigned char>(s[k])); };
    const unsigned lead = at(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t n = lead >= 0xC2 && lead <= 0xDF   ? 1u
                          : lead >> 4 == 0xE             ? 2u
                          : lead >= 0xF0 && lead <= 0xF4 ? 3u
                                                         : 0u;
    if (n == 0 || s.size() - i <= n) return false;
    const unsigned low = lead == 0xE0 ? 0xA0u : lead == 0xF0 ? 0x90u : 0x80u;
    const unsigned high = lead == 0xED ? 0x9Fu : lead == 0xF4 ? 0x8Fu : 0xBFu;
    if (at(i + 1) < low || at(i + 1) > high) return false;
    for (std::size_t k = 2; k <= n; ++k)
      if (at(i + k) >> 6 != 2) return false;
    i += n + 1;
  }
  return true;
}

// The offset of the first byte that is no UTF-8.
inline std::optional<std::size_t> bad_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (!is_utf8(text.substr(i, bytes))) return i;
    i += bytes;
  }
  return std::nullopt;
}

// The offset of the first control character. Tabs and line ends are text; others (U+0000-001F, U+007F-009F) are none: on a
// duty officer's terminal they would be commands. Precondition: is_utf8(text).
inline std::optional<std::size_t> control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if (octet == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return i;
    if (octet == 0x7F || (octet < 0x20 && octet != '\t' && octet != '\n' && octet != '\r')) return i;
  }
  return std::nullopt;
}

}  // namespace noroshi::wire
