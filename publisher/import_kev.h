// CISA's Known Exploited Vulnerabilities catalogue (its own JSON format) as reports of the item B.c.vulnerability.
// Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "publisher/import.h"

namespace noroshi::publisher {

// One report an entry, in the catalogue's order. Times are the day it was added, the id comes from the content
// (Identity::derived): sending a catalogue again sends nothing twice, and a changed entry is a new report.
std::vector<Imported> import_kev(std::string_view name, std::string_view text);

}  // namespace noroshi::publisher
