// What must hold of a report however a client shows it.
#pragma once

#include "proto/client/intake.h"

namespace noroshi::fuzz {

// As text, in a newsletter and as JSON, in both languages.
void check_display(const client::Checked& delivery);

// One line that is one JSON object.
void check_json_line(std::string_view line);

}  // namespace noroshi::fuzz
