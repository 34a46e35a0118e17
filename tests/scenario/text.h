// Outcomes as short, stable text: one line per thing that the core wants done.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "broker/core/outcome.h"

namespace noroshi::test {

using PeerName = std::function<std::string(PeerId)>;

std::vector<std::string> lines_of(const core::Outcome& outcome, const PeerName& name);

}  // namespace noroshi::test
