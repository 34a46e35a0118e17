// Phrases for people, in both languages, and the one that this process speaks. Every layer may word what people read;
// the language is chosen once, by the command line, before anything is said.
#pragma once

#include <string>
#include <string_view>

namespace noroshi {

enum class Language { ja, en };

// Japanese first: it is what the users read.
struct Text {
  std::string_view ja;
  std::string_view en;
};

// Main thread, before other threads start; English until then.
inline Language& spoken_language() {
  static Language language = Language::en;
  return language;
}

inline std::string say(Text text) { return std::string(spoken_language() == Language::ja ? text.ja : text.en); }

}  // namespace noroshi
