#include "publisher/check_json.h"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "proto/cli/cli.h"
#include "proto/types/limits.h"
#include "proto/wire/utf8.h"
#include "publisher/json_text.h"

namespace noroshi::publisher {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Code = json::error_code;

// Deeper than any report, for the outer look at a file in which one element may be too deep for itself alone.
constexpr std::size_t kFileDepth = 512;

enum class Kind { object, array, string, number, boolean, null };

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::object: return "an object";
    case Kind::array: return "an array";
    case Kind::string: return "a string";
    case Kind::number: return "a number";
    case Kind::boolean: return "true or false";
    case Kind::null: break;
  }
  return "null";
}

bool is_time(const FieldDescriptor& field) {
  return field.message_type() && field.message_type()->full_name() == "google.protobuf.Timestamp";
}

bool holds_text(const FieldDescriptor& field) {
  return field.type() == FieldDescriptor::TYPE_STRING || field.type() == FieldDescriptor::TYPE_BYTES || is_time(field);
}

// What one value of the field must be; `element`: inside the field's array.
bool fits(const FieldDescriptor& field, bool element, Kind kind) {
  if (field.is_map()) return kind == Kind::object;
  if (field.is_repeated() && !element) return kind == Kind::array;
  if (holds_text(field)) return kind == Kind::string;
  if (field.message_type()) return kind == Kind::object;
  return kind == Kind::number || kind == Kind::string;  // protobuf's JSON writes numbers and enums either way
}

std::string wanted(const FieldDescriptor& field, bool element) {
  if (field.is_map()) return "an object of language and text, like {\"ja\": \"…\"}";
  if (field.is_repeated() && !element) return "an array";
  if (is_time(field)) return "a time like \"2026-06-01T09:30:00Z\"";
  if (holds_text(field)) return "a string";
  return field.message_type() ? "an object" : field.enum_type() ? "a name" : "a number";
}

std::string in_quotes(std::string_view text) { return "\"" + shortened(text) + "\""; }

// Letters added, left out, changed or swapped with their neighbour: what the writer may have meant.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const bool same = a[i - 1] == b[j - 1];
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::string known_keys(const Descriptor& type, std::string_view given) {
  std::string all;
  std::string nearest;
  std::size_t least = (std::min<std::size_t>(given.size(), 5) + 1) / 2;  // further off is no slip of the finger
  for (int i = 0; i < type.field_count(); ++i) {
    const std::string& name = type.field(i)->json_name();
    all.append(all.empty() ? "" : ", ").append(name);
    if (given.size() > limits::kNameBytes) continue;
    if (const std::size_t d = distance(given, name); d < least) {
      least = d;
      nearest = name;
    }
  }
  return (nearest.empty() ? "" : "did you mean " + in_quotes(nearest) + "? ") + "the keys here: " + all;
}

// Handler of Boost.JSON's basic_parser: keeps the path, and stops at the first fault.
class Look {
 public:
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = max_array_size;
  static constexpr std::size_t max_string_size = max_array_size;
  static constexpr std::size_t max_key_size = max_array_size;

  Look(const Descriptor* type, bool strict) : root_(type), strict_(strict) {}

  std::optional<Rejection> fault;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code& ec) {
    Level level{Kind::object, root_, nullptr, {}, 0, {}, nullptr};
    if (!stack_.empty()) {
      if (!value(Kind::object, {}, ec)) return false;
      level.type = next_type();
      level.texts = map_of_texts();
    }
    stack_.push_back(std::move(level));
    return true;
  }
  bool on_object_end(std::size_t, Code&) { return leave(); }
  bool on_array_begin(Code& ec) {
    if (stack_.empty() && root_) return refuse("", "is an array; must be an object", ec);
    if (!stack_.empty() && !value(Kind::array, {}, ec)) return false;
    const FieldDescriptor* field = stack_.empty() ? nullptr : stack_.back().field;
    stack_.push_back({Kind::array, nullptr, field, {}, 0, {}, nullptr});
    return true;
  }
  bool on_array_end(std::size_t, Code&) { return leave(); }
  bool on_key_part(json::string_view s, std::size_t, Code&) { return keep(s); }
  bool on_key(json::string_view s, std::size_t, Code& ec) {
    keep(s);
    return key(std::exchange(text_, {}), ec);
  }
  bool on_string_part(json::string_view s, std::size_t, Code&) { return keep(s); }
  bool on_string(json::string_view s, std::size_t, Code& ec) {
    keep(s);
    return scalar(Kind::string, std::exchange(text_, {}), ec);
  }
  bool on_number_part(json::string_view, Code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, Code& ec) { return scalar(Kind::number, {}, ec); }
  bool on_uint64(std::uint64_t, json::string_view, Code& ec) { return scalar(Kind::number, {}, ec); }
  bool on_double(double value, json::string_view text, Code& ec) {
    if (strict_ && !std::isfinite(value))
      return refuse(path(), std::string(text.data(), text.size()) + " is beyond every number that can be stored", ec);
    return scalar(Kind::number, {}, ec);
  }
  bool on_bool(bool, Code& ec) { return scalar(Kind::boolean, {}, ec); }
  bool on_null(Code& ec) { return scalar(Kind::null, {}, ec); }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }

 private:
  struct Level {
    Kind kind;
    const Descriptor* type;        // of an object: what its keys are held against
    const FieldDescriptor* field;  // of the value that comes next; of an array: of its elements
    std::string name;              // of the value that comes next
    std::size_t index;             // in an array, of the value that comes next
    std::set<std::string> seen;
    const FieldDescriptor* texts;  // an object that is a map: its values' field
  };

  bool keep(json::string_view s) {
    if (strict_) text_.append(s.data(), s.size());
    return true;
  }

  bool leave() {
    stack_.pop_back();
    if (!stack_.empty()) ++stack_.back().index;
    return true;
  }

  std::string path() const {
    std::string out;
    for (const Level& level : stack_) {
      if (level.kind == Kind::array)
        out += "[" + std::to_string(level.index) + "]";
      else if (!level.name.empty())
        out += (out.empty() ? "" : ".") + level.name;
    }
    return out;
  }

  bool refuse(std::string where, std::string what, Code& ec) {
    fault = Rejection{Reason::malformed, std::move(where), std::move(what)};
    ec = json::error::extra_data;  // any will do: it only has to stop the parser
    return false;
  }

  const Descriptor* next_type() const {
    const FieldDescriptor* field = stack_.back().field;
    return field && !field->is_map() && !is_time(*field) ? field->message_type() : nullptr;
  }
  const FieldDescriptor* map_of_texts() const {
    const FieldDescriptor* field = stack_.back().field;
    return field && field->is_map() ? field->message_type()->FindFieldByNumber(2) : nullptr;
  }

  bool key(std::string name, Code& ec) {
    Level& level = stack_.back();
    level.name = shortened(name);
    level.field = level.texts;
    if (!strict_) return true;
    std::string identity = name;
    if (level.type) {
      // protobuf knows a field by two names, occurredAt and occurred_at: given by both it is given twice.
      for (int i = 0; i < level.type->field_count() && !level.field; ++i)
        if (const auto* field = level.type->field(i); field->json_name() == name || field->name() == name)
          level.field = field;
      if (!level.field)
        return refuse(path(), "unknown key " + in_quotes(name) + ": " + known_keys(*level.type, name), ec);
      identity = level.name = level.field->json_name();
    }
    if (!level.seen.insert(identity).second)
      return refuse(path(), "the key " + in_quotes(name) + " is given twice: keep one", ec);
    return true;
  }

  // Precondition: inside an object or array.
  bool value(Kind kind, const std::string& text, Code& ec) {
    const Level& level = stack_.back();
    const FieldDescriptor* field = level.field;
    if (!strict_ || !field) return true;
    const bool element = level.kind == Kind::array;
    if (kind == Kind::null && !element && !level.texts) return true;  // protobuf's JSON: the same as not given
    if (!fits(*field, element, kind))
      return refuse(path(), "is " + std::string(word(kind)) + "; must be " + wanted(*field, element), ec);
    if (kind == Kind::string && is_time(*field) && !cli::parse_time(text))
      return refuse(path(), in_quotes(text) + " is not a valid time; must be a time like \"2026-06-01T09:30:00Z\"", ec);
    if (kind == Kind::string && field->enum_type() && !field->enum_type()->FindValueByName(text)) {
      std::string names;
      for (int i = 1; i < field->enum_type()->value_count(); ++i)  // 0 is "not given"
        names += (i > 1 ? ", " : "") + field->enum_type()->value(i)->name();
      return refuse(path(), in_quotes(text) + " is not known; one of " + names, ec);
    }
    return true;
  }

  bool scalar(Kind kind, const std::string& text, Code& ec) {
    if (stack_.empty()) return !root_ || refuse("", "is " + std::string(word(kind)) + "; must be an object", ec);
    if (!value(kind, text, ec)) return false;
    ++stack_.back().index;
    return true;
  }

  const Descriptor* root_;
  bool strict_;
  std::string text_;
  std::vector<Level> stack_;
};

json::parse_options options(std::size_t depth, bool any_bytes) {
  json::parse_options out;
  out.max_depth = depth;
  out.allow_invalid_utf8 = any_bytes;
  return out;
}

std::string too_deep(std::size_t depth) { return "nested more than " + std::to_string(depth) + " deep"; }

// Where the parser stopped; nullopt: at the end, all well.
std::optional<std::size_t> parse(json::basic_parser<Look>& parser, std::string_view text, Code& ec) {
  const std::size_t end = parser.write_some(false, text.data(), text.size(), ec);
  if (ec) return end;
  // A document that ends before its text does; the parser leaves white space at the end alone.
  const std::size_t more = text.find_first_not_of(" \t\r\n", end);
  if (more == std::string_view::npos) return std::nullopt;
  ec = json::error::extra_data;
  return more;
}

}  // namespace

std::optional<Rejection> check_json(std::string_view text, const Descriptor* type, std::optional<std::size_t>& offset) {
  offset = wire::bad_utf8(text);
  if (offset) return Rejection{Reason::malformed, "", "not UTF-8; save the file as UTF-8"};
  json::basic_parser<Look> parser(options(static_cast<std::size_t>(limits::kJsonDepth), false), type, true);
  Code ec;
  const auto stop = parse(parser, text, ec);
  if (!stop) return std::nullopt;
  if (parser.handler().fault) return parser.handler().fault;
  offset = stop;
  if (ec == json::error::too_deep)
    return Rejection{Reason::malformed, "", too_deep(static_cast<std::size_t>(limits::kJsonDepth))};
  return Rejection{Reason::malformed, "", "not JSON: " + ec.message()};
}

std::optional<JsonFault> fault_of_json(std::string_view text) {
  json::basic_parser<Look> parser(options(kFileDepth, true), nullptr, false);
  Code ec;
  const auto stop = parse(parser, text, ec);
  if (!stop) return std::nullopt;
  return JsonFault{*stop, ec == json::error::too_deep ? too_deep(kFileDepth) : "not JSON: " + ec.message()};
}

}  // namespace noroshi::publisher
