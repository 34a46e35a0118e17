// One row per way a report can break its own rules.
#include "schemas/report_check.h"

#include <functional>
#include <string>
#include <vector>

#include "proto/types/limits.h"
#include "schemas/matrix_loader.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;

const std::string kId = "019ed20f-ee80-70f6-8e21-37a9c05bd1e4";

const Matrix& matrix() {
  static const Matrix loaded = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return loaded;
}

Report good() {
  Report report;
  report.id = ReportId{kId};
  report.organization = "meti-example";
  report.item = "C.it-failure";
  report.source = "sector";
  report.status = Status::actual;
  report.title = {{"ja", "障害"}};
  report.sections = {{"content", std::nullopt, {{"ja", "監視データの途絶"}}},
                     {"cause", SectionState::investigating, {}},
                     {"correlation", SectionState::known, {{"ja", "なし"}, {"en", "none"}}}};
  report.tlp = "GREEN";
  report.size = 500;
  return report;
}

struct Row {
  std::string what;
  std::function<void(Report&)> change;
  Reason reason;
  std::string field;
  std::string detail;  // has this in it
};

const std::vector<Row> kRows{
    {"too large as a whole", [](Report& r) { r.size = limits::kReportBytes + 1; }, Reason::too_large, "", "1048577"},
    {"no id", [](Report& r) { r.id = {}; }, Reason::malformed, "id", "UUIDv7"},
    {"upper-case id", [](Report& r) { r.id.value[0] = 'A'; }, Reason::malformed, "id", "lower-case"},
    {"no item", [](Report& r) { r.item = ""; }, Reason::unknown_item, "item", "C.it-failure"},
    {"a category for an item", [](Report& r) { r.item = "C"; }, Reason::unknown_item, "item", "\"C\""},
    {"an item with its source", [](Report& r) { r.item = "C.it-failure.sector"; }, Reason::unknown_item, "item", ""},
    {"no source", [](Report& r) { r.source = ""; }, Reason::source_mismatch, "source", "related-agencies"},
    {"unknown source", [](Report& r) { r.source = "vendor"; }, Reason::source_mismatch, "source", "\"vendor\""},
    {"no status", [](Report& r) { r.status.reset(); }, Reason::missing_field, "status", "ACTUAL, EXERCISE, TEST"},
    {"no title", [](Report& r) { r.title.clear(); }, Reason::title_missing, "title", "ja, en"},
    {"blank title", [](Report& r) { r.title["ja"] = " \t\n"; }, Reason::title_missing, "title.ja", "blank"},
    {"ideographic blank title", [](Report& r) { r.title["ja"] = "\u3000"; }, Reason::title_missing, "title.ja",
     "blank"},
    {"one language blank", [](Report& r) { r.title["en"] = ""; }, Reason::title_missing, "title.en",
     "leave the language"},
    {"long title", [](Report& r) { r.title["en"] = std::string(limits::kTitleBytes + 1, 'x'); }, Reason::too_large,
     "title.en", "1024"},
    {"many languages",
     [](Report& r) {
       for (std::size_t i = 0; i <= limits::kLanguages; ++i) r.title["x-" + std::to_string(i)] = "x";
     },
     Reason::too_large, "title", "16"},
    {"a section in many languages",
     [](Report& r) {
       for (std::size_t i = 0; i <= limits::kLanguages; ++i) r.sections[0].text["x-" + std::to_string(i)] = "x";
     },
     Reason::too_large, "sections[0].text", "16"},
    {"attachments", [](Report& r) { r.attachments.resize(limits::kListEntries + 1); }, Reason::too_large, "attachments",
     "201"},
    {"long language", [](Report& r) { r.title[std::string(limits::kNameBytes + 1, 'x')] = "x"; }, Reason::too_large,
     "title", "128"},
    {"no label", [](Report& r) { r.tlp = ""; }, Reason::tlp_missing, "tlp", "AMBER+STRICT"},
    {"label in lower case", [](Report& r) { r.tlp = "green"; }, Reason::tlp_invalid, "tlp", "CLEAR, GREEN, AMBER"},
    {"label with its prefix", [](Report& r) { r.tlp = "TLP:GREEN"; }, Reason::tlp_invalid, "tlp", "CLEAR, GREEN"},
    {"label of TLP 1", [](Report& r) { r.tlp = "WHITE"; }, Reason::tlp_invalid, "tlp", "CLEAR"},
    {"label as an enum name", [](Report& r) { r.tlp = "AMBER_STRICT"; }, Reason::tlp_invalid, "tlp", "AMBER+STRICT"},
    {"label with a blank", [](Report& r) { r.tlp = "GREEN "; }, Reason::tlp_invalid, "tlp", "\"GREEN \""},
    {"AMBER to nobody", [](Report& r) { r.tlp = "AMBER"; }, Reason::audience_required, "audience", "AMBER goes"},
    {"AMBER+STRICT to nobody", [](Report& r) { r.tlp = "AMBER+STRICT"; }, Reason::audience_required, "audience",
     "AMBER+STRICT goes"},
    {"RED to nobody", [](Report& r) { r.tlp = "RED"; }, Reason::audience_required, "audience.organizations", "name"},
    {"RED to a sector", [](Report& r) { r.tlp = "RED", r.audience.sectors = {"finance"}; }, Reason::audience_required,
     "audience.organizations", "named organisations"},
    {"unknown tier",
     [](Report& r) {
       r.audience.tiers = {"ministry", "Operator"};
     },
     Reason::audience_unknown, "audience.tiers[1]", "operator"},
    {"no sections", [](Report& r) { r.sections.clear(); }, Reason::missing_field, "sections", "emergency-response"},
    {"unknown field", [](Report& r) { r.sections[2].field = "lessons"; }, Reason::unknown_field, "sections[2].field",
     "content, cause, emergency-response, correlation, countermeasure, recovery-outlook"},
    {"no field", [](Report& r) { r.sections[0].field = ""; }, Reason::unknown_field, "sections[0].field", "\"\""},
    {"doubled field", [](Report& r) { r.sections[2].field = "cause"; }, Reason::malformed, "sections[2].field",
     "cause"},
    {"KNOWN without text", [](Report& r) { r.sections[2].text.clear(); }, Reason::missing_field, "sections[2].text",
     "INVESTIGATING"},
    {"no state, no text", [](Report& r) { r.sections[0].text.clear(); }, Reason::missing_field, "sections[0].text",
     "INVESTIGATING"},
    {"KNOWN with a blank text", [](Report& r) { r.sections[2].text["en"] = " "; }, Reason::missing_field,
     "sections[2].text.en", "blank"},
    {"relation to nothing",
     [](Report& r) {
       r.relates_to = RelatesTo{{}, Relation::update};
     },
     Reason::relation_unknown, "relatesTo.reportId", "id"},
    {"relation to no id",
     [](Report& r) {
       r.relates_to = RelatesTo{ReportId{"第1報"}, Relation::update};
     },
     Reason::relation_unknown, "relatesTo.reportId", "第1報"},
    {"relation without a kind", [](Report& r) { r.relation_given_without_kind = true; }, Reason::relation_unknown,
     "relatesTo.relation", "UPDATE, CORRECTION"},
    {"relation with an id and no kind",
     [](Report& r) {
       r.relates_to = RelatesTo{ReportId{kId}, {}}, r.relation_given_without_kind = true;
     },
     Reason::relation_unknown, "relatesTo.relation", "REFERENCE"},
    {"relation of kind 0",
     [](Report& r) {
       r.relates_to = RelatesTo{ReportId{kId}, {}};
     },
     Reason::relation_unknown, "relatesTo.relation", "REFERENCE"},
    {"references", [](Report& r) { r.references = limits::kListEntries + 1; }, Reason::too_large, "references", "201"},
    {"vulnerabilities", [](Report& r) { r.vulnerabilities = 201; }, Reason::too_large, "vulnerabilities", "200"},
    {"indicators", [](Report& r) { r.indicators = 201; }, Reason::too_large, "indicators", "200"},
    {"language of a section", [](Report& r) { r.sections[1].text[std::string(129, 'x')] = "x"; }, Reason::too_large,
     "sections[1].text", "128"},
    {"attachment",
     [](Report& r) {
       r.attachments = {{"a", "text/csv", 1}, {"b", "text/csv", limits::kAttachmentBytes + 1}};
     },
     Reason::too_large, "attachments[1].data", "262145"},
    {"sectors", [](Report& r) { r.audience.sectors.assign(limits::kAudienceEntries + 1, "gas"); }, Reason::too_large,
     "audience.sectors", "2001"},
    {"tiers", [](Report& r) { r.audience.tiers.assign(2001, "nisc"); }, Reason::too_large, "audience.tiers", "2000"},
    {"organizations", [](Report& r) { r.audience.organizations.assign(2001, "o"); }, Reason::too_large,
     "audience.organizations", "2000"},
    {"name in the audience",
     [](Report& r) {
       r.audience.organizations = {"o", std::string(129, 'o')};
     },
     Reason::too_large, "audience.organizations[1]", "129"},
};

}  // namespace

TEST_CASE("a good report passes") { CHECK(check_report(good(), matrix()) == std::nullopt); }

TEST_CASE("each broken rule has its reason, its place and its advice") {
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    Report report = good();
    row.change(report);
    const auto rejection = check_report(report, matrix());
    REQUIRE(rejection.has_value());
    CAPTURE(rejection->detail);
    CHECK(name_of(rejection->reason) == name_of(row.reason));
    CHECK(rejection->field == row.field);
    CHECK(rejection->detail.find(row.detail) != std::string::npos);
    CHECK_FALSE(rejection->detail.empty());
  }
}

// The table is in the order of the rules (schemas/report_check.h), except for rules about the same thing.
TEST_CASE("of two broken rules the earlier one is named") {
  std::vector<std::string> stages{"too large as a whole",
                                  "no id",
                                  "no item",
                                  "no source",
                                  "no status",
                                  "no title",
                                  "long title",
                                  "no label",
                                  "AMBER to nobody",
                                  "unknown tier",
                                  "no sections",
                                  "relation to nothing",
                                  "references"};
  std::vector<Row> rows;
  for (const std::string& stage : stages)
    for (const Row& row : kRows)
      if (row.what == stage) rows.push_back(row);
  REQUIRE(rows.size() == stages.size());
  for (std::size_t first = 0; first < rows.size(); ++first) {
    for (std::size_t second = first + 1; second < rows.size(); ++second) {
      // Two changes to one member: the later would undo the earlier.
      if (rows[second].what == "AMBER to nobody" && rows[first].what == "no label") continue;
      if (rows[second].what == "unknown tier" && rows[first].what == "AMBER to nobody") continue;
      if (rows[second].what == "long title" && rows[first].what == "no title") continue;
      CAPTURE(rows[first].what, rows[second].what);
      Report report = good();
      rows[first].change(report);
      rows[second].change(report);
      const auto rejection = check_report(report, matrix());
      REQUIRE(rejection.has_value());
      CHECK(name_of(rejection->reason) == name_of(rows[first].reason));
      CHECK(rejection->field == rows[first].field);
    }
  }
}

TEST_CASE("at the limit is within it") {
  Report report = good();
  report.size = limits::kReportBytes;
  report.title["en"] = std::string(limits::kTitleBytes, 'x');
  report.references = report.vulnerabilities = report.indicators = limits::kListEntries;
  report.attachments = {{"a", "text/csv", limits::kAttachmentBytes}};
  report.audience.sectors.assign(limits::kAudienceEntries, "gas");
  report.audience.organizations.assign(1, std::string(limits::kNameBytes, 'o'));
  CHECK(check_report(report, matrix()) == std::nullopt);
}

TEST_CASE("every label with an audience that suits it") {
  for (const auto& [tlp, name] : kTlps) {
    CAPTURE(name);
    Report report = good();
    report.tlp = name;
    report.audience.organizations = {"denryoku-ceptoar"};
    CHECK(check_report(report, matrix()) == std::nullopt);
    report.audience = {};
    CHECK(check_report(report, matrix()).has_value() == (tlp >= Tlp::amber));
    report.audience.tiers = {"operator"};
    CHECK(check_report(report, matrix()).has_value() == (tlp == Tlp::red));
  }
}

TEST_CASE("a section may be without text when nothing is known, and a relation complete") {
  Report report = good();
  report.sections = {{"content", SectionState::unknown, {}},
                     {"cause", SectionState::none, {}},
                     {"correlation", SectionState::investigating, {{"ja", ""}}}};
  report.relates_to = RelatesTo{ReportId{kId}, Relation::cancel};
  CHECK(check_report(report, matrix()) == std::nullopt);
}

TEST_CASE("more sections than the limit, in a matrix that has as many fields") {
  Matrix wide = matrix();
  Report report = good();
  report.sections.clear();
  for (std::size_t i = 0; i <= limits::kListEntries; ++i) {
    const std::string id = "f" + std::to_string(i);
    wide.items.back().fields.push_back({id, {}});
    report.sections.push_back({id, SectionState::none, {}});
  }
  const auto rejection = check_report(report, wide);
  REQUIRE(rejection.has_value());
  CHECK(name_of(rejection->reason) == "too_large");
  CHECK(rejection->field == "sections");
  report.sections.pop_back();
  CHECK(check_report(report, wide) == std::nullopt);
}

TEST_CASE("a detail quotes the sender on one short line of whole characters") {
  Report report = good();
  report.item = "a\n\x1b[31m" + std::string(1000, 'x');
  std::string detail = check_report(report, matrix())->detail;
  CHECK(detail.find('\n') == std::string::npos);
  CHECK(detail.find('\x1b') == std::string::npos);
  CHECK(detail.size() < 1000);
  report.item = "x";
  for (int i = 0; i < 30; ++i) report.item += "障";  // byte 64 is in the middle of a character: 1 + 21 * 3
  CHECK(check_report(report, matrix())->detail.find("障障…\"") != std::string::npos);
  report.item.insert(0, "x");
  CHECK(check_report(report, matrix())->detail.find("障障…\"") != std::string::npos);
}

TEST_CASE("is_uuidv7") {
  struct Row {
    std::string text;
    bool ok;
  };
  const Row rows[] = {
      {kId, true},
      {"ffffffff-ffff-7fff-bfff-ffffffffffff", true},
      {"00000000-0000-7000-8000-000000000000", true},
      {"", false},
      {"019ed20f-ee80-40f6-8e21-37a9c05bd1e4", false},  // version 4
      {"019ed20f-ee80-70f6-ce21-37a9c05bd1e4", false},  // another variant
      {"019ed20f-ee80-70f6-7e21-37a9c05bd1e4", false},  // another variant
      {"019ED20F-EE80-70F6-8E21-37A9C05BD1E4", false},  // upper case
      {"019ed20fee8070f68e2137a9c05bd1e4", false},      // no dashes
      {"{019ed20f-ee80-70f6-8e21-37a9c05bd1e4}", false},
      {"019ed20f-ee80-70f6-8e21-37a9c05bd1e", false},
      {"019ed20f-ee80-70f6-8e21-37a9c05bd1e44", false},
      {"019ed20f-ee80-70f6-8e21-37a9c05bd1g4", false},
      {"019ed20f_ee80-70f6-8e21-37a9c05bd1e4", false},
      {std::string("019ed20f-ee80-70f6-8e21-37a9c05bd1e\0", 36), false},
      {"xxxxxxxx-xxxx-7xxx-Vxxx-xxxxxxxxxxxx", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(is_uuidv7(row.text) == row.ok);
  }
}
