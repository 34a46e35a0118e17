// What a template holds in the places where people are to write. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "proto/types/report.h"
#include "proto/types/words.h"

namespace noroshi::publisher {

// A text for each language: the marker, and what belongs there.
Localized placeholder(const std::string& ja, const std::string& en);

// The path of the first text that still is one, in whichever language.
std::optional<std::string> first_placeholder(const Report& report);

}  // namespace noroshi::publisher
