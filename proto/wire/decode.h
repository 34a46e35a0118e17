// From the bytes that travel and are stored to plain types. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "noroshi/v1/session.pb.h"
#include "proto/types/entry.h"
#include "proto/types/reason.h"

namespace noroshi::wire {

// Strict: bytes from outside. Unknown fields, invalid UTF-8, unknown enum numbers are `malformed`.
std::variant<Report, Rejection> decode_report(std::string_view report_bytes);

// Strict in the same way, and only what a receipt may say: `malformed`, `missing_field` or `too_large` otherwise.
std::variant<Receipt, Rejection> decode_receipt(std::string_view receipt_bytes);

// The JSON name of the first of the report's times that is none (not in the years 1 to 9999): such a report has no JSON form.
// nullopt: all are times.
std::optional<std::string_view> bad_time(const v1::Report& report);

// Parses with a recursion and byte limit and refuses unknown fields anywhere in the tree.
bool parse_strict(google::protobuf::Message& into, std::string_view bytes);

// A stored entry with its body decoded. Throws std::runtime_error if the body is not what its kind says
// (never on data the broker accepted).
Record decode_entry(Entry entry);

// The LogEntry that travels: with salt and body, or redacted to what the 49 bytes of leaf data need.
void to_wire(const Entry& entry, bool redacted, v1::LogEntry& out);
Entry from_wire(const v1::LogEntry& in);

v1::LogEntry::Kind to_wire(EntryKind kind);
v1::Lane to_wire(Lane lane);
v1::Reason to_wire(Reason reason);
v1::Report::Status to_wire(Status status);
// nullopt: a number this program does not know.
std::optional<EntryKind> from_wire(v1::LogEntry::Kind kind);
std::optional<Purpose> from_wire(v1::Replay::Purpose purpose);
std::optional<Lane> from_wire(v1::Lane lane);
std::optional<Reason> from_wire(v1::Reason reason);
std::optional<Status> from_wire(v1::Report::Status status);

// Full conversion, for programs that already trust the bytes.
Report to_plain(const v1::Report& report, std::size_t size);
Member to_plain(const v1::Member& member, const v1::MemberChange& change);  // `member` is what `change` holds
v1::Member to_wire(const Member& member);
v1::Receipt to_wire(const Receipt& receipt);

}  // namespace noroshi::wire
