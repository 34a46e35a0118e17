// Is it UTF-8? Pure; any thread.
#pragma once

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

}  // namespace noroshi::wire
