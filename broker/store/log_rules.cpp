#include "broker/store/log_rules.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>

#include "broker/store/planted.h"
#include "proto/wire/signing.h"

namespace noroshi::store {

std::optional<std::array<std::uint8_t, 16>> uuid_octets(const ReportId& id) {
  const std::string& text = id.value;
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    if (dash != (c == '-')) return std::nullopt;
    if (dash) continue;
    if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return std::nullopt;
    digits += c;
  }
  const auto raw = wire::from_hex(digits);
  std::array<std::uint8_t, 16> out{};
  if (!raw || raw->size() != out.size()) return std::nullopt;
  std::copy(raw->begin(), raw->end(), out.begin());
  return out;
}

ReportId uuid_text(std::string_view octets) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto octet = static_cast<unsigned char>(octets[i]);
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return ReportId{text};
}

namespace {
[[noreturn]] void bug(const Entry& e, const char* what) {
  throw std::logic_error("append of entry " + std::to_string(e.seq.value) + ": " + what);
}
}  // namespace

void check_batch(std::span<const NewEntry> batch, Seq head, Micros last_recorded,
                 const std::function<bool(const ReportId&)>& known) {
  check_copied(batch, head, last_recorded);
  std::set<ReportId> in_batch;
  for (const auto& [e, report] : batch)
    if (e.kind == EntryKind::report && (known(report) || !in_batch.insert(report).second))
      bug(e, "its report id is in the log already");
}

void check_copied(std::span<const NewEntry> batch, Seq head, Micros last_recorded) {
  for (const auto& [e, report] : batch) {
    if (e.seq != next(head)) bug(e, "does not follow the head of the log");
    if (e.seq.value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) bug(e, "past 63 bits");
    if (head != Seq{} && e.recorded_at < last_recorded) bug(e, "recorded before its predecessor");
    if (name_of(e.kind) == "?" || name_of(e.lane) == "?") bug(e, "of no kind or lane");
    if (e.leaf != wire::leaf_of(e.salt, e.body)) bug(e, "its leaf is not that of its body");
    if (e.kind == EntryKind::report) {
      if (!uuid_octets(report)) bug(e, "its report id is no UUID");
    } else if (!report.value.empty() || e.lane != Lane::urgent) {
      bug(e, "no report, but with a report id or in the batched lane");
    }
    head = e.seq;
    last_recorded = e.recorded_at;
  }
}

void damaged(std::string_view log, Seq seq, Text what) {
  throw StorageError(std::string(log) + say({": ログの記録 ", ": log entry "}) + std::to_string(seq.value) +
                     say({" が壊れています (", " is damaged ("}) + say(what) +
                     say({")。停止し、noroshi-broker rebuild で写しから作り直すか、noroshi-broker restore "
                          "でバックアップから戻してください",
                          "): stop, and make it anew from its mirror (noroshi-broker rebuild) or go back to a backup "
                          "(noroshi-broker restore)"}));
}

void check_leaf(std::string_view log, const Entry& entry) {
  if (wire::leaf_of(entry.salt, entry.body) != entry.leaf && !planted(Bug::leaf_not_checked))
    damaged(log, entry.seq, {"本文がハッシュ値と合いません", "its body is not what its leaf says"});
}

bool wanted(const Filter& filter, EntryKind kind, Lane lane) {
  if (!filter.kinds.empty() && std::find(filter.kinds.begin(), filter.kinds.end(), kind) == filter.kinds.end())
    return false;
  return kind != EntryKind::report || !filter.lane || *filter.lane == lane;
}

bool without_reports(const Filter& filter) {
  return !filter.kinds.empty() &&
         std::find(filter.kinds.begin(), filter.kinds.end(), EntryKind::report) == filter.kinds.end();
}

}  // namespace noroshi::store
