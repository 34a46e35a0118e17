// A digest of the batched lane as people read it: one newsletter (ニュースレター). Pure.
#pragma once

#include <string>
#include <vector>

#include "proto/cli/cli.h"
#include "schemas/matrix.h"
#include "subscriber/subscription.h"

namespace noroshi::subscriber {

// Heading with count and times, contents by category in the matrix' order, then the reports in that order, complete.
// RED is left out: it is never part of a newsletter (see belongs_in_newsletter).
std::string newsletter(const cli::Common& common, const Matrix& matrix, const std::vector<Delivery>& digest);

// Whether a delivery may stand in a newsletter. What may not is shown by itself, even if a broker put it in a digest.
bool belongs_in_newsletter(const Delivery& delivery);

}  // namespace noroshi::subscriber
