// Part of decode.cpp: walks serialised bytes beside their descriptor, before protobuf parses them, and finds what a
// parse would hide. Pure.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/wire/utf8.h"

namespace noroshi::wire {

struct StrictFault {
  std::string path;  // JSON names, "sections[2].state"; empty if the bytes are no message of this type at all
  std::string what;
  bool located = true;
};

enum class Texts { any, without_controls };

class StrictWalk {
  using Descriptor = google::protobuf::Descriptor;
  using Field = google::protobuf::FieldDescriptor;
  enum Wire : unsigned { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

 public:
  explicit StrictWalk(Texts texts) : texts_(texts) {}

  std::optional<StrictFault> message(const Descriptor& type, std::string_view in, int depth) const {
    if (depth < 0) return broken("nested too deeply");
    // Counts are kept for paths only; a field's index is its place in the descriptor.
    std::vector<std::uint32_t> seen(static_cast<std::size_t>(type.field_count()));
    while (!in.empty()) {
      const auto tag = take_varint(in);
      if (!tag || *tag > 0xFFFFFFFFu) return broken("cut off or damaged");
      const auto number = static_cast<int>(*tag >> 3);
      const Field* field = type.FindFieldByNumber(number);
      if (!field) return StrictFault{"", "unknown field number " + std::to_string(number), true};
      auto fault = value(*field, static_cast<unsigned>(*tag & 7), in, depth);
      const std::uint32_t index = seen[static_cast<std::size_t>(field->index())]++;
      if (fault && fault->located) fault->path = step(*field, index) + (fault->path.empty() ? "" : "." + fault->path);
      if (fault) return fault;
      if (!field->is_repeated() && index > 0) return StrictFault{field->json_name(), "given twice", true};
    }
    return std::nullopt;
  }

 private:
  static StrictFault broken(std::string what) { return {"", std::move(what), false}; }

  static std::string step(const Field& field, std::uint32_t index) {
    return field.is_repeated() && !field.is_map() ? field.json_name() + "[" + std::to_string(index) + "]"
                                                  : field.json_name();
  }

  static std::optional<std::uint64_t> take_varint(std::string_view& in) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
      const auto octet = static_cast<unsigned char>(in.front());
      in.remove_prefix(1);
      value |= static_cast<std::uint64_t>(octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    return std::nullopt;
  }

  static Wire wire_of(const Field& field) {
    switch (field.type()) {
      case Field::TYPE_DOUBLE:
      case Field::TYPE_FIXED64:
      case Field::TYPE_SFIXED64: return fixed64;
      case Field::TYPE_FLOAT:
      case Field::TYPE_FIXED32:
      case Field::TYPE_SFIXED32: return fixed32;
      case Field::TYPE_STRING:
      case Field::TYPE_BYTES:
      case Field::TYPE_MESSAGE:
      case Field::TYPE_GROUP: return bytes;
      default: return varint;
    }
  }

  std::optional<StrictFault> value(const Field& field, unsigned wire, std::string_view& in, int depth) const {
    const bool packed = wire == bytes && field.is_packable();
    if (wire != wire_of(field) && !packed) return StrictFault{"", "of another type", true};
    if (wire != bytes) return scalar(field, in);
    const auto length = take_varint(in);
    if (!length || *length > in.size()) return broken("cut off or damaged");
    std::string_view inner = in.substr(0, static_cast<std::size_t>(*length));
    in.remove_prefix(inner.size());
    if (packed) {
      while (!inner.empty())
        if (auto fault = scalar(field, inner)) return fault;
      return std::nullopt;
    }
    if (field.type() == Field::TYPE_MESSAGE) return message(*field.message_type(), inner, depth - 1);
    if (field.type() != Field::TYPE_STRING) return std::nullopt;
    if (!is_utf8(inner)) return StrictFault{"", "not UTF-8", true};
    if (texts_ == Texts::without_controls && control_character(inner))
      return StrictFault{"", "a control character in a text: only tabs and line ends are allowed", true};
    return std::nullopt;
  }

  static std::optional<StrictFault> scalar(const Field& field, std::string_view& in) {
    const Wire wire = wire_of(field);
    if (wire == varint) {
      const auto v = take_varint(in);
      if (!v) return broken("cut off or damaged");
      // Enum numbers travel as 64-bit varints; the parser would keep their low 32 bits.
      if (field.type() == Field::TYPE_ENUM &&
          (*v > 0x7FFFFFFFu || !field.enum_type()->FindValueByNumber(static_cast<int>(*v))))
        return StrictFault{"", "unknown value " + std::to_string(*v), true};
      return std::nullopt;
    }
    const std::size_t n = wire == fixed64 ? 8 : 4;
    if (in.size() < n) return broken("cut off or damaged");
    in.remove_prefix(n);
    return std::nullopt;
  }

  Texts texts_;
};

inline std::optional<StrictFault> walk_strictly(const google::protobuf::Descriptor& type, std::string_view bytes,
                                                int depth, Texts texts) {
  return StrictWalk(texts).message(type, bytes, depth);
}

}  // namespace noroshi::wire
