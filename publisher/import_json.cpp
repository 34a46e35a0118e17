#include "publisher/import_json.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "publisher/check_json.h"
#include "publisher/json_text.h"

namespace noroshi::publisher {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

struct Line {
  std::size_t number;
  std::string_view text;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto line = text.substr(0, end); !trimmed(line).empty()) out.push_back({number, line});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// A text that is no single JSON document: either one report a line, some of them broken, or one broken report spread
// over many lines. Only the former has a line that begins with the brace and is a document by itself, or begins every
// line with it.
bool one_a_line(const std::vector<Line>& lines) {
  const auto begins = [](const Line& line) { return line.text.starts_with('{'); };
  return lines.size() > 1 && (std::all_of(lines.begin(), lines.end(), begins) ||
                              std::any_of(lines.begin(), lines.end(), [&](const Line& line) {
                                return begins(line) && !fault_of_json(trimmed(line.text));
                              }));
}

// protobuf writes "(issued_at): invalid value …": the path, in its own names.
std::string path_in(const std::string& message) {
  const std::size_t open = message.find(":(");
  if (open == std::string::npos) return {};
  std::string path;
  bool upper = false;
  for (const char c : message.substr(open + 2, message.find(')', open) - open - 2)) {
    if (std::exchange(upper, c == '_'))
      path += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    else if (c != '_')
      path += c;
  }
  return path;
}

// What the value should have been, for those that check_json takes by their kind alone.
std::string advice_for(const std::string& message) {
  const auto has = [&](std::string_view part) { return message.find(part) != std::string::npos; };
  if (has("protobuf.Timestamp")) return "must be a time like \"2026-06-01T09:30:00Z\"";
  if (has("TYPE_UINT32")) return "must be a whole number from 0 to 4294967295";
  if (has("TYPE_DOUBLE")) return "must be a number";
  if (has("TYPE_BYTES")) return "must be base64";
  return message.substr(0, message.find('\n'));  // then follows the text itself, with an arrow
}

// The one report in `text`, a part of `file`; the detail of a rejection begins with where that is.
Imported element(std::string where, std::string_view text, std::string_view file) {
  Imported out{std::move(where), report_from_json(text, file), Identity::fresh};
  if (auto* broken = std::get_if<Rejection>(&out.report)) broken->detail = out.where + ": " + broken->detail;
  return out;
}

Imported whole_file(std::string_view name, std::string detail) {
  return {std::string(name), Rejection{Reason::malformed, "", std::string(name) + ": " + std::move(detail)},
          Identity::fresh};
}

}  // namespace

std::variant<v1::Report, Rejection> report_from_json(std::string_view text, std::string_view file) {
  std::optional<std::size_t> offset;
  if (auto broken = check_json(text, v1::Report::descriptor(), offset)) {
    if (offset)
      broken->detail += ", at " + place_in(file, static_cast<std::size_t>(text.data() - file.data()) + *offset);
    return std::move(*broken);
  }
  v1::Report report;
  const auto status = google::protobuf::util::JsonStringToMessage({text.data(), text.size()}, &report, {});
  if (status.ok()) return report;
  const std::string message = status.ToString();
  return Rejection{Reason::malformed, path_in(message), advice_for(message)};
}

std::vector<Imported> import_json(std::string_view name, std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::string_view document = trimmed(text);
  if (document.empty()) return {whole_file(name, "there is no report in it")};

  std::vector<Imported> out;
  const auto fault = fault_of_json(document);
  if (!fault) {
    if (!document.starts_with('[')) return {element(std::string(name), document, text)};
    for (const std::string_view each : elements_of(document))
      out.push_back(element(std::string(name) + "[" + std::to_string(out.size()) + "]", each, text));
    return out;
  }
  const std::vector<Line> lines = lines_of(text);
  if (document.starts_with('[')) {
    const std::size_t offset = static_cast<std::size_t>(document.data() - text.data()) + fault->offset;
    return {whole_file(name, fault->what + ", at " + place_in(text, offset) + ": nothing of the array is sent")};
  }
  if (!one_a_line(lines)) return {element(std::string(name), document, text)};
  for (const Line& line : lines)
    out.push_back(element(std::string(name) + ":" + std::to_string(line.number), trimmed(line.text), text));
  return out;
}

}  // namespace noroshi::publisher
