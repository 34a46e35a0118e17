#include "proto/cli/report_changes.h"

#include <algorithm>
#include <utility>

namespace noroshi::cli {

namespace {

using Field = std::pair<std::string, std::string>;

std::vector<Field> fields_of(const Common& common, const ReportPage& page) {
  std::vector<Field> out{{common({"件名", "Title"}), page.title}, {"TLP", page.tlp}};
  for (const ReportPage::Fact& fact : page.facts) out.emplace_back(fact.label, fact.value);
  for (const ReportPage::Part& part : page.parts) {
    std::string text = part.text;
    for (const ReportPage::Line& line : part.lines) text += (text.empty() ? "" : "\n") + line.text + line.url;
    out.emplace_back(part.heading, std::move(text));
  }
  return out;
}

const Field* named(const std::vector<Field>& fields, const std::string& name) {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.first == name; });
  return it == fields.end() ? nullptr : &*it;
}

// Every line of `text` behind a sign, as people know it from comparisons of files.
std::string signed_lines(const Common& common, char sign, Colour colour, const std::string& text) {
  std::string out;
  for (std::size_t from = 0; from <= text.size() && !text.empty();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    out += "  " + paint(common, colour, std::string(1, sign) + " " + text.substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return out;
}

}  // namespace

std::vector<ReportChange> report_changes(const Common& common, const Matrix& matrix, v1::Report before,
                                         v1::Report after) {
  before.set_id(after.id());
  before.set_serial(after.serial());
  before.set_matrix_version(after.matrix_version());
  before.clear_relates_to();
  after.clear_relates_to();
  *before.mutable_issued_at() = after.issued_at();
  if (!after.has_issued_at()) before.clear_issued_at();
  const auto fields = [&](const v1::Report& report) {
    return fields_of(common, report_page(common, matrix, Entry{}, report, "valid"));
  };
  const std::vector<Field> earlier = fields(before), later = fields(after);
  std::vector<ReportChange> out;
  for (const auto& [name, value] : later) {
    const Field* was = named(earlier, name);
    if (!was || was->second != value) out.push_back({name, was ? was->second : "", value});
  }
  for (const auto& [name, value] : earlier)
    if (!named(later, name)) out.push_back({name, value, ""});
  return out;
}

std::string changes_text(const Common& common, const std::vector<ReportChange>& changes) {
  if (changes.empty()) return {};
  std::string out =
      "\n" + paint(common, Colour::bold, common({"■ 前の報からの変更", "■ Changes since the report before"})) + "\n";
  for (const ReportChange& change : changes)
    out += "  " + change.field + "\n" + signed_lines(common, '-', Colour::red, change.before) +
           signed_lines(common, '+', Colour::green, change.after);
  return out;
}

}  // namespace noroshi::cli
