#include "schemas/report_check.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>

#include "proto/types/limits.h"
#include "schemas/blank.h"

namespace noroshi {

namespace {

using Verdict = std::optional<Rejection>;

Rejection reject(Reason reason, std::string field, std::string detail) {
  return {reason, std::move(field), std::move(detail)};
}

// For a detail that quotes the sender: one line, short, and cut between characters.
std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::size_t end = std::min(text.size(), kShown);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  std::string out = "\"";
  for (const char c : text.substr(0, end)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return out + (end < text.size() ? "…\"" : "\"");
}

std::string indexed(std::string_view list, std::size_t i, std::string_view member = {}) {
  std::string path = std::string(list) + "[" + std::to_string(i) + "]";
  return member.empty() ? path : path.append(".").append(member);
}

template <class List, class Name>
std::string joined(const List& list, Name name) {
  std::string out;
  for (const auto& entry : list) out.append(out.empty() ? "" : ", ").append(name(entry));
  return out;
}

template <class List>
std::string ids_of(const List& list) {
  return joined(list, [](const auto& entry) { return std::string_view{entry.id}; });
}

template <class Table>
std::string names_of(const Table& table) {
  return joined(table, [](const auto& entry) { return entry.second; });
}

// A language that is there but blank would show its readers nothing at all.
Verdict check_text(const Localized& text, Reason missing, const std::string& path, const std::string& advice) {
  if (text.empty()) return reject(missing, path, "there is no text: " + advice);
  for (const auto& [language, words] : text)
    if (blank(words))
      return reject(missing, path + "." + language, "the text is blank: write it or leave the language out");
  return std::nullopt;
}

Verdict too_long(std::string_view name, const std::string& path) {
  if (name.size() <= limits::kNameBytes) return std::nullopt;
  return reject(Reason::too_large, path,
                "a name of " + std::to_string(name.size()) + " bytes; at most " + std::to_string(limits::kNameBytes));
}

Verdict too_many(std::size_t count, std::size_t limit, std::string path) {
  if (count <= limit) return std::nullopt;
  return reject(Reason::too_large, std::move(path),
                std::to_string(count) + " entries; at most " + std::to_string(limit) + ": split the report");
}

Verdict check_frame(const Report& report, const Matrix& matrix) {
  if (report.size > limits::kReportBytes)
    return reject(Reason::too_large, "",
                  "the report has " + std::to_string(report.size) + " bytes; at most " +
                      std::to_string(limits::kReportBytes) + ": replace attachments by links in references");
  if (!is_uuidv7(report.id.value))
    return reject(Reason::malformed, "id", in_quotes(report.id.value) + " is no UUIDv7 in lower-case text form");
  if (!matrix.item(report.item))
    return reject(
        Reason::unknown_item, "item",
        "matrix " + matrix.version + " has no item " + in_quotes(report.item) + "; its items: " + ids_of(matrix.items));
  if (!matrix.source(report.source))
    return reject(Reason::source_mismatch, "source",
                  "there is no source group " + in_quotes(report.source) + "; the groups: " + ids_of(matrix.sources));
  if (!report.status)
    return reject(Reason::missing_field, "status",
                  "say whether the report is live or a drill: one of " + names_of(kStatuses));
  return std::nullopt;
}

Verdict check_title(const Localized& title) {
  if (auto broken = check_text(title, Reason::title_missing, "title", "give a title in ja, en or both")) return broken;
  if (auto broken = too_many(title.size(), limits::kLanguages, "title")) return broken;
  for (const auto& [language, words] : title) {
    if (auto broken = too_long(language, "title")) return broken;
    if (words.size() > limits::kTitleBytes)
      return reject(Reason::too_large, "title." + language,
                    "the title has " + std::to_string(words.size()) + " bytes; at most " +
                        std::to_string(limits::kTitleBytes) + ": the rest belongs in a section");
  }
  return std::nullopt;
}

Verdict check_label(const Report& report) {
  const std::string labels = names_of(kTlps);
  if (report.tlp.empty())
    return reject(Reason::tlp_missing, "tlp", "no label, no acceptance: set tlp to one of " + labels);
  const std::optional<Tlp> tlp = report.label();
  if (!tlp)
    return reject(Reason::tlp_invalid, "tlp",
                  in_quotes(report.tlp) + " is no TLP 2.0 label; write exactly one of " + labels);
  if (*tlp == Tlp::red && report.audience.organizations.empty())
    return reject(Reason::audience_required, "audience.organizations",
                  "RED goes to named organisations only: name at least one");
  if ((*tlp == Tlp::amber || *tlp == Tlp::amber_strict) && report.audience.empty())
    return reject(Reason::audience_required, "audience",
                  report.tlp + " goes to its audience only: give sectors, tiers or organizations");
  return std::nullopt;
}

Verdict check_audience(const Audience& audience) {
  for (std::size_t i = 0; i < audience.tiers.size(); ++i)
    if (!value_in(kTiers, audience.tiers[i]))
      return reject(Reason::audience_unknown, indexed("audience.tiers", i),
                    "there is no tier " + in_quotes(audience.tiers[i]) + "; the tiers: " + names_of(kTiers));
  return std::nullopt;
}

Verdict check_sections(const Report& report, const MatrixItem& item) {
  if (report.sections.empty())
    return reject(Reason::missing_field, "sections",
                  "a report says something about at least one field; " + item.id + " has: " + ids_of(item.fields));
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < report.sections.size(); ++i) {
    const Section& section = report.sections[i];
    if (!item.field(section.field))
      return reject(Reason::unknown_field, indexed("sections", i, "field"),
                    item.id + " has no field " + in_quotes(section.field) + "; its fields: " + ids_of(item.fields));
    if (!seen.insert(section.field).second)
      return reject(Reason::malformed, indexed("sections", i, "field"),
                    "a second section for " + section.field + ": write one section a field");
    // Without a state a section is what its text says, so it needs one.
    if (section.state.value_or(SectionState::known) != SectionState::known) continue;
    if (auto broken = check_text(section.text, Reason::missing_field, indexed("sections", i, "text"),
                                 "write it, or set state to INVESTIGATING, NONE or UNKNOWN"))
      return broken;
  }
  return std::nullopt;
}

Verdict check_relation(const Report& report) {
  if (!report.relates_to && !report.relation_given_without_kind) return std::nullopt;
  if (report.relates_to && !is_uuidv7(report.relates_to->report.value))
    return reject(Reason::relation_unknown, "relatesTo.reportId",
                  report.relates_to->report.value.empty()
                      ? "name the report this one relates to, by its id"
                      : in_quotes(report.relates_to->report.value) + " is no report's id (a UUIDv7, lower case)");
  const bool kind =
      report.relates_to && !report.relation_given_without_kind && name_of(report.relates_to->relation) != "?";
  if (!kind)
    return reject(Reason::relation_unknown, "relatesTo.relation",
                  "say how the reports relate: one of " + names_of(kRelations));
  return std::nullopt;
}

Verdict check_audience_lists(const Audience& audience) {
  using Names = std::vector<std::string>;
  const std::pair<std::string_view, const Names*> lists[] = {{"audience.sectors", &audience.sectors},
                                                             {"audience.tiers", &audience.tiers},
                                                             {"audience.organizations", &audience.organizations}};
  for (const auto& [path, names] : lists) {
    if (auto broken = too_many(names->size(), limits::kAudienceEntries, std::string(path))) return broken;
    for (std::size_t i = 0; i < names->size(); ++i)
      if (auto broken = too_long((*names)[i], indexed(path, i))) return broken;
  }
  return std::nullopt;
}

Verdict check_lists(const Report& report) {
  const std::pair<std::string_view, std::size_t> lists[] = {{"sections", report.sections.size()},
                                                            {"references", report.references},
                                                            {"vulnerabilities", report.vulnerabilities},
                                                            {"indicators", report.indicators},
                                                            {"attachments", report.attachments.size()}};
  for (const auto& [path, count] : lists)
    if (auto broken = too_many(count, limits::kListEntries, std::string(path))) return broken;
  for (std::size_t i = 0; i < report.sections.size(); ++i) {
    const std::string path = indexed("sections", i, "text");
    if (auto broken = too_many(report.sections[i].text.size(), limits::kLanguages, path)) return broken;
    for (const auto& [language, words] : report.sections[i].text)
      if (auto broken = too_long(language, path)) return broken;
  }
  for (std::size_t i = 0; i < report.attachments.size(); ++i)
    if (report.attachments[i].bytes > limits::kAttachmentBytes)
      return reject(Reason::too_large, indexed("attachments", i, "data"),
                    "the attachment has " + std::to_string(report.attachments[i].bytes) + " bytes; at most " +
                        std::to_string(limits::kAttachmentBytes) + ": give a link in references instead");
  return check_audience_lists(report.audience);
}

}  // namespace

std::optional<Rejection> check_report(const Report& report, const Matrix& matrix) {
  if (auto broken = check_frame(report, matrix)) return broken;
  if (auto broken = check_title(report.title)) return broken;
  if (auto broken = check_label(report)) return broken;
  if (auto broken = check_audience(report.audience)) return broken;
  if (auto broken = check_sections(report, *matrix.item(report.item))) return broken;
  if (auto broken = check_relation(report)) return broken;
  return check_lists(report);
}

Lane lane_of(const Matrix& matrix, std::string_view item, Posture posture) {
  if (const MatrixItem* found = matrix.item(item))
    if (const auto lane = found->lane.find(posture); lane != found->lane.end()) return lane->second;
  // A caller's bug, not an input: check_report comes first, and the loader fills in every posture.
  std::fprintf(stderr, "lane_of: no lane for item \"%.*s\"\n", static_cast<int>(item.size()), item.data());
  std::abort();
}

bool is_uuidv7(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-7xxx-Vxxx-xxxxxxxxxxxx";  // V: the variant, binary 10
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view allowed = kShape[i] == 'x'   ? kHex
                                     : kShape[i] == 'V' ? std::string_view("89ab")
                                                        : kShape.substr(i, 1);
    if (allowed.find(text[i]) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace noroshi
