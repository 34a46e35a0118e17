// The rules a report must keep by itself, whoever sends it: used by the publisher before sending and by the broker's
// core before accepting. Pure. Rules of who may publish, relations, keys and time live in the core.
#pragma once

#include <optional>
#include <string_view>

#include "proto/types/reason.h"
#include "proto/types/report.h"
#include "schemas/matrix.h"

namespace noroshi {

// The first rule broken, in this order: too_large (whole report), malformed id, unknown_item, source unknown
// (source_mismatch), status missing (missing_field), title_missing, too_large title, tlp_missing, tlp_invalid,
// audience_required (AMBER, AMBER+STRICT without audience; RED without organizations), audience_unknown (a tier that
// does not exist), sections (none: missing_field; unknown_field; doubled field: malformed; KNOWN without text:
// missing_field), relation (relation_unknown without report id or kind), lists and attachments (too_large).
// A text is there if it has a language and none of its languages is blank. A section without a state counts as KNOWN.
std::optional<Rejection> check_report(const Report& report, const Matrix& matrix);

// The lane of an item at a posture. Precondition: matrix.item(item) exists.
Lane lane_of(const Matrix& matrix, std::string_view item, Posture posture);

bool is_uuidv7(std::string_view text);

}  // namespace noroshi
