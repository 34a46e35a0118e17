// Why a report was rejected or a session refused: the one catalogue (see proto/noroshi/v1/reason.proto).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/types/names.h"

namespace noroshi {

enum class Reason {
  malformed = 1,
  too_large,
  protocol_version,
  unknown_member,
  revoked,
  not_permitted,
  unknown_item,
  unknown_field,
  missing_field,
  title_missing,
  tlp_missing,
  tlp_invalid,
  audience_required,
  audience_unknown,
  source_mismatch,
  organization_mismatch,
  signature_invalid,
  key_unknown,
  clock_skew,
  expired,
  id_conflict,
  relation_unknown,
  relation_forbidden,
  rate_limited,
  storage_full,
  shutting_down,
  unexpected_message,
};

inline constexpr NameTable<Reason, 27> kReasons{{
    {Reason::malformed, "malformed"},
    {Reason::too_large, "too_large"},
    {Reason::protocol_version, "protocol_version"},
    {Reason::unknown_member, "unknown_member"},
    {Reason::revoked, "revoked"},
    {Reason::not_permitted, "not_permitted"},
    {Reason::unknown_item, "unknown_item"},
    {Reason::unknown_field, "unknown_field"},
    {Reason::missing_field, "missing_field"},
    {Reason::title_missing, "title_missing"},
    {Reason::tlp_missing, "tlp_missing"},
    {Reason::tlp_invalid, "tlp_invalid"},
    {Reason::audience_required, "audience_required"},
    {Reason::audience_unknown, "audience_unknown"},
    {Reason::source_mismatch, "source_mismatch"},
    {Reason::organization_mismatch, "organization_mismatch"},
    {Reason::signature_invalid, "signature_invalid"},
    {Reason::key_unknown, "key_unknown"},
    {Reason::clock_skew, "clock_skew"},
    {Reason::expired, "expired"},
    {Reason::id_conflict, "id_conflict"},
    {Reason::relation_unknown, "relation_unknown"},
    {Reason::relation_forbidden, "relation_forbidden"},
    {Reason::rate_limited, "rate_limited"},
    {Reason::storage_full, "storage_full"},
    {Reason::shutting_down, "shutting_down"},
    {Reason::unexpected_message, "unexpected_message"},
}};
constexpr std::string_view name_of(Reason v) { return name_in(kReasons, v); }

// A rejected input: not an error of the program. `field` is the JSON path ("sections[2].field"), empty for the whole.
struct Rejection {
  Reason reason{};
  std::string field;
  std::string detail;  // what is wrong and what to do, in English; never the content of another report
  friend bool operator==(const Rejection&, const Rejection&) = default;
};

}  // namespace noroshi
