#include "publisher/import_kev.h"

#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <string>

#include "proto/cli/cli.h"
#include "proto/types/limits.h"
#include "publisher/check_json.h"
#include "publisher/json_text.h"

namespace noroshi::publisher {
namespace {

namespace json = boost::json;

constexpr std::size_t kUrlBytes = 2048;  // what browsers and proxies still take

// The catalogue is typed by hand: blanks at the ends, doubled ones inside, no-break and ideographic ones.
std::string tidy(std::string_view text) {
  std::string out;
  bool gap = false;
  while (!text.empty()) {
    std::size_t space = 0;
    for (const std::string_view each : {" ", "\t", "\r", "\n", "\u00A0", "\u3000"})
      if (text.starts_with(each)) space = each.size();
    if (space == 0) {
      if (gap && !out.empty()) out += ' ';
      out += text.front();
    }
    gap = space > 0;
    text.remove_prefix(std::max<std::size_t>(space, 1));
  }
  return out;
}

// No longer than a title may be, cut between characters.
std::string title_of(std::string text) {
  constexpr std::string_view kMore = "…";
  if (text.size() <= limits::kTitleBytes) return text;
  std::size_t end = limits::kTitleBytes - kMore.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end).append(kMore);
}

// The addresses in the notes, which are sentences with ';' or ',' between and after the addresses.
std::vector<std::string> urls_in(std::string_view notes) {
  std::vector<std::string> out;
  while (out.size() < limits::kListEntries) {
    const std::size_t begin = std::min(notes.find("https://"), notes.find("http://"));
    if (begin == std::string_view::npos) break;
    notes.remove_prefix(begin);
    std::size_t end = std::min(notes.find_first_of(" \t\r\n\"<>"), notes.size());
    // Two addresses with nothing but punctuation between them.
    for (const std::string_view next : {";http://", ";https://", ",http://", ",https://"})
      end = std::min(end, notes.find(next));
    std::string_view url = notes.substr(0, end);
    notes.remove_prefix(end);
    while (!url.empty() && std::string_view(";,.").find(url.back()) != std::string_view::npos) url.remove_suffix(1);
    if (url.size() <= kUrlBytes && std::find(out.begin(), out.end(), url) == out.end()) out.emplace_back(url);
  }
  return out;
}

bool is_cve(std::string_view id) {
  const auto digits = [](std::string_view s) { return s.find_first_not_of("0123456789") == std::string_view::npos; };
  return id.size() >= 13 && id.size() <= 24 && id.starts_with("CVE-") && digits(id.substr(4, 4)) && id[8] == '-' &&
         digits(id.substr(9));
}

struct Entry {
  std::string cve, vendor, product, name, added, description, action, due, ransomware, notes, weaknesses;
};

struct Key {
  const char* name;
  std::string Entry::*member;
  bool required;
};
constexpr Key kKeys[] = {{"cveID", &Entry::cve, true},
                         {"vendorProject", &Entry::vendor, true},
                         {"product", &Entry::product, true},
                         {"vulnerabilityName", &Entry::name, true},
                         {"dateAdded", &Entry::added, true},
                         {"shortDescription", &Entry::description, true},
                         {"requiredAction", &Entry::action, true},
                         {"dueDate", &Entry::due, false},
                         {"knownRansomwareCampaignUse", &Entry::ransomware, false},
                         {"notes", &Entry::notes, false}};

Rejection malformed(std::string field, std::string detail) {
  return {Reason::malformed, std::move(field), std::move(detail)};
}

// Keys that this does not know are left alone: the catalogue grows.
std::variant<Entry, Rejection> entry_of(const json::value& value, const std::string& path) {
  if (!value.is_object()) return malformed(path, "an entry of the catalogue must be an object");
  const json::object& object = value.get_object();
  Entry entry;
  for (const Key& key : kKeys) {
    const json::value* found = object.if_contains(key.name);
    const std::string field = path + "." + key.name;
    if (found && !found->is_null()) {
      if (!found->is_string()) return malformed(field, "must be a string");
      entry.*key.member = tidy(found->get_string());
    }
    if (key.required && (entry.*key.member).empty()) return malformed(field, "is missing or blank");
  }
  if (const json::value* cwes = object.if_contains("cwes"); cwes && cwes->is_array())
    for (const json::value& cwe : cwes->get_array())
      if (cwe.is_string()) entry.weaknesses += (entry.weaknesses.empty() ? "" : ", ") + tidy(cwe.get_string());
  if (!is_cve(entry.cve)) return malformed(path + ".cveID", "must be a CVE id such as CVE-2024-3393");
  return entry;
}

class Lines {
 public:
  void add(std::string_view label, std::string_view value) {
    if (!value.empty()) text_.append(text_.empty() ? "" : "\n").append(label).append(value);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// The catalogue's own text is English and stays so; the Japanese side gets Japanese labels around it.
void fill_vulnerability(const Entry& entry, v1::Section& section) {
  const bool used = entry.ransomware == "Known";
  Lines ja;
  ja.add("識別番号: ", entry.cve);
  ja.add("ベンダー: ", entry.vendor);
  ja.add("製品: ", entry.product);
  ja.add("弱点の種類: ", entry.weaknesses);
  ja.add("悪用の状況: ", used ? "悪用を確認 (ランサムウェアによる攻撃での悪用を含む)" : "悪用を確認");
  ja.add("概要 (原文): ", entry.description);
  Lines en;
  en.add("Id: ", entry.cve);
  en.add("Vendor: ", entry.vendor);
  en.add("Product: ", entry.product);
  en.add("Weakness: ", entry.weaknesses);
  en.add("Exploitation: ", used ? "known, also in ransomware campaigns" : "known");
  en.add("Description: ", entry.description);
  section.set_field("vulnerability");
  (*section.mutable_text())["ja"] = ja.text();
  (*section.mutable_text())["en"] = en.text();
}

void fill_countermeasure(const Entry& entry, v1::Section& section) {
  Lines ja;
  ja.add("求められる対応 (原文): ", entry.action);
  ja.add("対応期限 (米国連邦政府機関): ", entry.due);
  Lines en;
  en.add("Required action: ", entry.action);
  en.add("Due (for US federal agencies): ", entry.due);
  section.set_field("countermeasure");
  (*section.mutable_text())["ja"] = ja.text();
  (*section.mutable_text())["en"] = en.text();
}

std::variant<v1::Report, Rejection> report_of(const json::value& value, const std::string& path) {
  auto read = entry_of(value, path);
  if (auto* broken = std::get_if<Rejection>(&read)) return std::move(*broken);
  const Entry& entry = std::get<Entry>(read);
  const auto added = cli::parse_time(entry.added + "T00:00:00Z");
  // An id holds the time in milliseconds since 1970; before that there were no CVEs either.
  if (!added || added->value < 0) return malformed(path + ".dateAdded", "must be a date such as 2024-12-30");

  v1::Report report;
  report.set_item("B.c.vulnerability");
  report.set_status(v1::Report::ACTUAL);
  report.set_tlp("CLEAR");
  (*report.mutable_title())["en"] = title_of(entry.name);
  (*report.mutable_title())["ja"] =
      title_of(entry.cve + " " + entry.vendor + " " + entry.product + " の脆弱性(悪用を確認)");
  fill_vulnerability(entry, *report.add_sections());
  fill_countermeasure(entry, *report.add_sections());
  report.mutable_occurred_at()->set_seconds(added->value / kMicrosPerSecond);
  *report.mutable_issued_at() = report.occurred_at();
  v1::Vulnerability& vulnerability = *report.add_vulnerabilities();
  vulnerability.set_id(entry.cve);
  vulnerability.add_products(entry.vendor + " " + entry.product);
  for (std::string& url : urls_in(entry.notes)) report.add_references()->set_url(std::move(url));
  return report;
}

}  // namespace

std::vector<Imported> import_kev(std::string_view name, std::string_view text) {
  const std::string file(name);
  const auto refuse = [&](Rejection why) {
    why.detail = file + ": " + why.detail;
    return std::vector<Imported>{{file, std::move(why), Identity::derived}};
  };
  std::optional<std::size_t> offset;
  if (auto broken = check_json(text, nullptr, offset)) {
    if (offset) broken->detail += ", at " + place_in(text, *offset);
    return refuse(std::move(*broken));
  }
  json::error_code failed;
  const json::value catalogue = json::parse(json::string_view(text.data(), text.size()), failed);
  const json::value* entries = catalogue.is_object() ? catalogue.get_object().if_contains("vulnerabilities") : nullptr;
  if (failed || !entries || !entries->is_array())
    return refuse(
        malformed("vulnerabilities", "no KEV catalogue: it must be an object with an array \"vulnerabilities\""));

  std::vector<Imported> out;
  for (const json::value& each : entries->get_array()) {
    const std::string path = "vulnerabilities[" + std::to_string(out.size()) + "]";
    Imported imported{file + ": " + path, report_of(each, path), Identity::derived};
    if (auto* broken = std::get_if<Rejection>(&imported.report))
      broken->detail = imported.where + ": " + broken->detail;
    out.push_back(std::move(imported));
  }
  return out;
}

}  // namespace noroshi::publisher
