// Strong types for every number that could be mistaken for another. Plain: std only.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace noroshi {

template <class Tag, class T>
struct Strong {
  T value{};
  constexpr Strong() = default;
  constexpr explicit Strong(T v) : value(v) {}
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

// Position in the log, counted from 1; 0 means "before the first".
using Seq = Strong<struct SeqTag, std::uint64_t>;
constexpr Seq next(Seq s) { return Seq{s.value + 1}; }
constexpr Seq previous(Seq s) { return Seq{s.value == 0 ? 0 : s.value - 1}; }

// Microseconds since 1970-01-01T00:00:00Z.
using Micros = Strong<struct MicrosTag, std::int64_t>;
constexpr Micros operator+(Micros t, std::int64_t us) { return Micros{t.value + us}; }
constexpr std::int64_t operator-(Micros a, Micros b) { return a.value - b.value; }
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerMilli = 1'000;

// One connection of one key to one lane, given out by the transport and never reused.
using PeerId = Strong<struct PeerIdTag, std::uint64_t>;

// A report's id: UUIDv7 in text form, lower case (checked by schemas/report_check).
using ReportId = Strong<struct ReportIdTag, std::string>;

// A 32-byte CURVE25519 or Ed25519 public key.
using PublicKey = std::array<std::uint8_t, 32>;
using Hash = std::array<std::uint8_t, 32>;
using Salt = std::array<std::uint8_t, 16>;

using Bytes = std::string;  // opaque octets

}  // namespace noroshi

template <class Tag, class T>
struct std::hash<noroshi::Strong<Tag, T>> {
  std::size_t operator()(const noroshi::Strong<Tag, T>& s) const { return std::hash<T>{}(s.value); }
};
