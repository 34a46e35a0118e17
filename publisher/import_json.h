// Reports in protobuf's JSON mapping: one report, an array of them, or one a line. Pure; any thread.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "publisher/import.h"

namespace noroshi::publisher {

// A broken line or element is rejected (malformed, with the field and the place) and stops none of the others. An array
// that is no JSON as a whole is one rejection.
std::vector<Imported> import_json(std::string_view name, std::string_view text);

// One report. Precondition: `text` lies in `file`; places are told as the file's.
std::variant<v1::Report, Rejection> report_from_json(std::string_view text, std::string_view file);

}  // namespace noroshi::publisher
