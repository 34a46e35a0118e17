// Whether a text has anything to read in it. Pure.
#pragma once

#include <string_view>

namespace noroshi {

// Also the ideographic space (U+3000), which a Japanese keyboard makes as easily as an ASCII one.
inline bool blank(std::string_view text) {
  constexpr std::string_view kIdeographicSpace = "\u3000";
  while (!text.empty()) {
    if (text.starts_with(kIdeographicSpace))
      text.remove_prefix(kIdeographicSpace.size());
    else if (std::string_view(" \t\r\n\v\f").find(text.front()) != std::string_view::npos)
      text.remove_prefix(1);
    else
      return false;
  }
  return true;
}

}  // namespace noroshi
