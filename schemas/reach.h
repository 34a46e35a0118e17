// How far a report reaches by its label and audience, whoever is enrolled. Pure.
#pragma once

#include "proto/types/report.h"

namespace noroshi {

// The open feed: CLEAR, no audience, no drill.
bool entitled_public(const Report& report);

// Whether everyone who may ever be entitled to `other`, as a member, an auditor or a listener of the open feed, is entitled to
// `report`, too. Their authors aside.
bool reaches_as_far(const Report& report, const Report& other);

}  // namespace noroshi
