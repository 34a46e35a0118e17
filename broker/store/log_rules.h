// What every implementation of the log holds to, written once. Pure.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "broker/store/log.h"
#include "proto/types/words.h"

namespace noroshi::store {

// The 16 octets of a UUID in canonical lower-case text; nullopt if it is none. (Sixteen octets are what is indexed.)
std::optional<std::array<std::uint8_t, 16>> uuid_octets(const ReportId& id);

// The other way round.
ReportId uuid_text(std::string_view octets);

// The preconditions of Log::append, checked before anything is written. Throws std::logic_error.
void check_batch(std::span<const NewEntry> batch, Seq head, Micros last_recorded,
                 const std::function<bool(const ReportId&)>& known);
// Those of SqliteLog::copy: all but that a report id is new.
void check_copied(std::span<const NewEntry> batch, Seq head, Micros last_recorded);

// Throws StorageError naming the log (its file) and the sequence if the body is not what the leaf says.
void check_leaf(std::string_view log, const Entry& entry);
[[noreturn]] void damaged(std::string_view log, Seq seq, Text what);

bool wanted(const Filter& filter, EntryKind kind, Lane lane);
// Whether `filter` can be answered without looking at reports, which are nearly all there is.
bool without_reports(const Filter& filter);

// Counts what a read may still return: at least one entry, then up to limit.bytes of bodies.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t bytes) : left_(bytes) {}
  bool take(std::size_t body) {
    if (!first_ && body > left_) return false;
    first_ = false;
    left_ -= body < left_ ? body : left_;
    return true;
  }

 private:
  std::size_t left_;
  bool first_ = true;
};

}  // namespace noroshi::store
