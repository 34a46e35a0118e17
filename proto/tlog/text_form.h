// The small forms that notes, checkpoints, proofs and keys are written in. For the files of this folder.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/tlog/tree.h"
#include "proto/wire/signing.h"

namespace noroshi::tlog {

// Decimal, without leading zeros, at most 2^63 - 1.
inline std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || std::to_string(value) != text || value > kMaxTreeSize)
    return std::nullopt;
  return value;
}

inline std::optional<Hash> parse_hash(std::string_view base64) {
  const auto raw = wire::from_base64(base64);
  if (!raw || raw->size() != sizeof(Hash)) return std::nullopt;
  Hash out{};
  std::copy(raw->begin(), raw->end(), out.begin());
  return out;
}

template <class Integer>
std::string big_endian(Integer value) {
  std::string out(sizeof value, '\0');
  for (std::size_t i = 0; i < sizeof value; ++i) out[i] = static_cast<char>(value >> 8 * (sizeof value - 1 - i) & 0xff);
  return out;
}

// Precondition: as many bytes as an Integer has.
template <class Integer>
Integer from_big_endian(std::string_view bytes) {
  std::uint64_t out = 0;
  for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
  return static_cast<Integer>(out);
}

// A text line by line; counts them for whoever is told what is wrong.
class Lines {
 public:
  explicit Lines(std::string_view text, std::size_t before = 0) : rest_(text), number_(before) {}

  bool empty() const { return rest_.empty(); }
  // Without its newline; nullopt: there is none, or what is left does not end in one.
  std::optional<std::string_view> next() {
    ++number_;
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  std::string_view rest() const { return rest_; }
  std::size_t number() const { return number_; }  // of the line last asked for, from 1

 private:
  std::string_view rest_;
  std::size_t number_;
};

}  // namespace noroshi::tlog
