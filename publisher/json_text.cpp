#include "publisher/json_text.h"

#include <algorithm>

#include "proto/types/limits.h"

namespace noroshi::publisher {

std::vector<std::string_view> elements_of(std::string_view text) {
  std::vector<std::string_view> out;
  constexpr std::string_view kSpace = " \t\r\n";
  std::size_t depth = 0;
  std::size_t begin = text.find('[') + 1;
  const auto element_ends = [&](std::size_t end) {
    std::string_view element = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t first = element.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return;  // only in "[]"
    element.remove_prefix(first);
    out.push_back(element.substr(0, element.find_last_not_of(kSpace) + 1));
  };
  bool in_string = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    } else if (depth == 0 && (c == ',' || c == ']')) {
      element_ends(i);
      if (c == ']') break;
    }
  }
  return out;
}

std::string place_in(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ":" +
         std::to_string(before.size() - line_begin + 1) + " (byte " + std::to_string(before.size()) + ")";
}

std::string shortened(std::string_view text) {
  if (text.size() <= limits::kNameBytes) return std::string(text);
  std::size_t end = limits::kNameBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace noroshi::publisher
