#include "schemas/standing.h"

#include <algorithm>

namespace noroshi {

void Standing::followed_by(Relation relation, LogPlace place, const Standing& follower) {
  if (relation == Relation::cancel) {
    cancelled = true;
    cancel = std::max(cancel, std::optional(place));
  }
  if (relation != Relation::update && relation != Relation::correction) return;
  ++successors;
  if (follower.gone())
    ++successors_gone;
  else if (relation == Relation::correction)
    correction = std::max(correction, std::optional(place));
  cancel = std::max(cancel, follower.cancel);
  correction = std::max(correction, follower.correction);
}

std::optional<Standing::Verdict> Standing::verdict() const {
  if (gone()) return Verdict{*cancel, Relation::cancel};
  if (correction) return Verdict{*correction, Relation::correction};
  return std::nullopt;
}

}  // namespace noroshi
