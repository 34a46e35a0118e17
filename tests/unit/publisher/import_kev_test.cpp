// The KEV catalogue: the same entry gives the same bytes, a changed one a new report.
#include "publisher/import_kev.h"

#include <boost/json.hpp>

#include <cstdlib>
#include <set>

#include "proto/cli/cli.h"
#include "publisher/prepare.h"
#include "schemas/matrix_loader.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::publisher;

const Matrix& shipped() {
  static const Matrix matrix = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return matrix;
}

Terms terms_of(const std::string& organization, std::int64_t now = 1'800'000'000'000'000) {
  return {shipped(), Author{organization, "other"}, std::nullopt, Micros{now}};
}

std::string catalogue(const std::string& entries) {
  return R"({"title":"made up","count":1,"vulnerabilities":[)" + entries + "]}";
}

// An entry made up for this test, with one text changed.
std::string entry(const std::string& key = "", const std::string& value = "") {
  const std::pair<const char*, const char*> texts[] = {
      {"cveID", "CVE-2024-99999"},
      {"vendorProject", "Example "},
      {"product", "  Gate\u00A0 way"},
      {"vulnerabilityName", "Example Gateway Made-Up Vulnerability "},
      {"dateAdded", "2024-03-01"},
      {"shortDescription", "Made  up\nfor a test."},
      {"requiredAction", "Do nothing."},
      {"dueDate", "2024-03-22"},
      {"knownRansomwareCampaignUse", "Unknown"},
      {"notes",
       "See: https://example.com/a;b?x=1,2, https://example.com/b;https://example.com/c ;  "
       "https://example.com/a;b?x=1,2."}};
  boost::json::object out;
  for (const auto& [name, text] : texts) out[name] = key == name ? value : text;
  out["cwes"] = {"CWE-79", "CWE-352"};
  out["aKeyOfTheFuture"] = 5;
  return boost::json::serialize(out);
}

Checked checked(const std::string& text, const Terms& terms) {
  auto all = import_kev("kev.json", text);
  REQUIRE(all.size() == 1);
  REQUIRE(std::holds_alternative<v1::Report>(all[0].report));
  auto outcome = prepare(std::get<v1::Report>(all[0].report), all[0].identity, terms);
  if (const auto* broken = std::get_if<Rejection>(&outcome)) FAIL(broken->field + ": " + broken->detail);
  return std::get<Checked>(outcome);
}

TEST_CASE("an entry becomes a report") {
  const Checked done = checked(catalogue(entry()), terms_of("example-cert"));
  v1::Report report;
  REQUIRE(report.ParseFromString(done.bytes));
  CHECK(report.item() == "B.c.vulnerability");
  CHECK(report.source() == "other");
  CHECK(report.status() == v1::Report::ACTUAL);
  CHECK(report.tlp() == "CLEAR");
  CHECK(report.title().at("en") == "Example Gateway Made-Up Vulnerability");
  CHECK(report.title().at("ja") == "CVE-2024-99999 Example Gate way の脆弱性(悪用を確認)");
  REQUIRE(report.sections_size() == 2);
  CHECK(report.sections(0).field() == "vulnerability");
  CHECK(report.sections(0).state() == v1::Section::KNOWN);
  CHECK(report.sections(0).text().at("en") ==
        "Id: CVE-2024-99999\nVendor: Example\nProduct: Gate way\nWeakness: CWE-79, CWE-352\nExploitation: known\n"
        "Description: Made up for a test.");
  CHECK(report.sections(1).text().at("ja") ==
        "求められる対応 (原文): Do nothing.\n対応期限 (米国連邦政府機関): 2024-03-22");
  CHECK(report.issued_at().seconds() == 1709251200);
  CHECK(report.occurred_at().seconds() == 1709251200);
  CHECK(report.vulnerabilities(0).id() == "CVE-2024-99999");
  CHECK(report.vulnerabilities(0).products(0) == "Example Gate way");
  REQUIRE(report.references_size() == 3);
  CHECK(report.references(0).url() == "https://example.com/a;b?x=1,2");
  CHECK(report.references(1).url() == "https://example.com/b");
  CHECK(report.references(2).url() == "https://example.com/c");
}

TEST_CASE("the same entry gives the same bytes at any time, a changed one or another author another id") {
  const Checked once = checked(catalogue(entry()), terms_of("a"));
  CHECK(checked(catalogue(entry()), terms_of("a", 1'900'000'000'000'000)).bytes == once.bytes);
  Matrix newer = shipped();
  newer.version = "2030-01.1";
  CHECK(checked(catalogue(entry()), Terms{newer, Author{"a", "other"}, std::nullopt, Micros{1}}).bytes == once.bytes);
  CHECK(checked(catalogue(entry("product", "Gate way ")), terms_of("a")).bytes == once.bytes);  // stray blanks only

  CHECK(checked(catalogue(entry()), terms_of("b")).report.id != once.report.id);
  for (const char* key : {"dateAdded", "dueDate"})
    CHECK(checked(catalogue(entry(key, "2024-03-02")), terms_of("a")).report.id != once.report.id);
  for (const char* key : {"vendorProject", "product", "vulnerabilityName", "shortDescription", "requiredAction"})
    CHECK(checked(catalogue(entry(key, "changed")), terms_of("a")).report.id != once.report.id);
  CHECK(checked(catalogue(entry("cveID", "CVE-2024-99998")), terms_of("a")).report.id != once.report.id);
  Terms relating = terms_of("a");
  relating.relating = Relating{once.report.id.value, Relation::comment};
  CHECK(checked(catalogue(entry()), relating).report.id != once.report.id);
}

TEST_CASE("a broken entry is named and stops none of the others") {
  struct Row {
    std::string entry;
    std::string field;
  };
  const Row rows[] = {{"5", "vulnerabilities[1]"},
                      {"{}", "vulnerabilities[1].cveID"},
                      {entry("cveID", "CVE-24-1"), "vulnerabilities[1].cveID"},
                      {entry("cveID", " "), "vulnerabilities[1].cveID"},
                      {entry("dateAdded", "2024-02-30"), "vulnerabilities[1].dateAdded"},
                      {entry("dateAdded", "1960-01-01"), "vulnerabilities[1].dateAdded"},
                      {entry("shortDescription", "\u3000"), "vulnerabilities[1].shortDescription"}};
  for (const Row& row : rows) {
    const auto all = import_kev("kev.json", catalogue(entry() + "," + row.entry + "," + entry()));
    REQUIRE(all.size() == 3);
    CHECK(std::holds_alternative<v1::Report>(all[0].report));
    CHECK(std::holds_alternative<v1::Report>(all[2].report));
    const auto* broken = std::get_if<Rejection>(&all[1].report);
    REQUIRE(broken);
    CHECK(broken->reason == Reason::malformed);
    CHECK(broken->field == row.field);
    CHECK(broken->detail.starts_with("kev.json: "));
  }
}

TEST_CASE("what is no catalogue is one rejection") {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{\"vulnerabilities\":{}}"), std::string("{"),
        std::string("\xff"), catalogue(entry() + R"(,{"cveID":"a","cveID":"b"})")}) {
    CAPTURE(text);
    const auto all = import_kev("kev.json", text);
    REQUIRE(all.size() == 1);
    const auto* broken = std::get_if<Rejection>(&all[0].report);
    REQUIRE(broken);
    CHECK(broken->reason == Reason::malformed);
  }
}

TEST_CASE("long texts keep the limits") {
  std::string name;
  for (int i = 0; i < 600; ++i) name += "脆";
  const Checked done = checked(catalogue(entry("vulnerabilityName", name)), terms_of("a"));
  CHECK(done.report.title.at("en").size() <= 1024);
  CHECK(done.report.title.at("en").ends_with("脆…"));
  std::string notes;
  for (int i = 0; i < 1000; ++i) notes += "https://example.com/" + std::to_string(i) + " ; ";
  CHECK(checked(catalogue(entry("notes", notes)), terms_of("a")).report.references == 200);
}

TEST_CASE("the whole catalogue is acceptable, and gives the same bytes twice") {
  const char* folder = std::getenv("NOROSHI_TEST_DATA");
  if (!folder) return;  // a real catalogue is no part of the project; the cases above run on one that was made up
  const std::string text = cli::read_file(std::string(folder) + "/kev-to-2024.json", 16 << 20);
  const auto all = import_kev("kev.json", text);
  const auto again = import_kev("kev.json", text);
  REQUIRE(all.size() == 1239);
  REQUIRE(again.size() == all.size());
  std::set<ReportId> ids;
  std::size_t references = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(all[i].where);
    REQUIRE(std::holds_alternative<v1::Report>(all[i].report));
    const auto one = prepare(std::get<v1::Report>(all[i].report), all[i].identity, terms_of("a"));
    const auto two = prepare(std::get<v1::Report>(again[i].report), again[i].identity, terms_of("a", 1));
    REQUIRE(std::holds_alternative<Checked>(one));
    CHECK(std::get<Checked>(one).bytes == std::get<Checked>(two).bytes);
    ids.insert(std::get<Checked>(one).report.id);
    references += std::get<Checked>(one).report.references;
  }
  CHECK(ids.size() == all.size());
  CHECK(references >= all.size());  // every entry names at least its NVD page
}

}  // namespace
