#include "publisher/placeholder.h"

namespace noroshi::publisher {
namespace {

constexpr Text kMarker{"(ここに書く: ", "(write here: "};

std::optional<std::string> first_in(const Localized& text, const std::string& path) {
  for (const auto& [language, words] : text)
    for (const std::string_view marker : {kMarker.ja, kMarker.en})
      if (words.find(marker) != std::string::npos) return path + "." + language;
  return std::nullopt;
}

}  // namespace

Localized placeholder(const std::string& ja, const std::string& en) {
  return {{"ja", std::string(kMarker.ja) + ja + ")"}, {"en", std::string(kMarker.en) + en + ")"}};
}

std::optional<std::string> first_placeholder(const Report& report) {
  if (auto path = first_in(report.title, "title")) return path;
  for (std::size_t i = 0; i < report.sections.size(); ++i)
    if (auto path = first_in(report.sections[i].text, "sections[" + std::to_string(i) + "].text")) return path;
  return std::nullopt;
}

}  // namespace noroshi::publisher
