// What is filled in, and what is refused before anything leaves.
#include "publisher/prepare.h"

#include "proto/wire/signing.h"
#include "publisher/import_json.h"
#include "publisher/placeholder.h"
#include "schemas/matrix_loader.h"
#include "schemas/report_check.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::publisher;

const Matrix& shipped() {
  static const Matrix matrix = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return matrix;
}

Terms terms() { return {shipped(), Author{"tepco", "sector"}, std::nullopt, Micros{1'780'306'200'123'456}}; }

// The smallest acceptable input.
v1::Report smallest() {
  const std::string_view json = R"({"item":"C.it-failure","status":"ACTUAL","tlp":"GREEN","title":{"ja":"題"},
                                    "sections":[{"field":"content","text":{"ja":"内容"}}]})";
  return std::get<v1::Report>(report_from_json(json, json));
}

v1::Report sent(const v1::Report& report, const Terms& with) {
  auto outcome = prepare(report, Identity::fresh, with);
  if (const auto* broken = std::get_if<Rejection>(&outcome)) FAIL(broken->field + ": " + broken->detail);
  v1::Report out;
  REQUIRE(out.ParseFromString(std::get<Checked>(outcome).bytes));
  return out;
}

Rejection refused(const v1::Report& report, const Terms& with) {
  auto outcome = prepare(report, Identity::fresh, with);
  REQUIRE(std::holds_alternative<Rejection>(outcome));
  return std::get<Rejection>(outcome);
}

TEST_CASE("what the publisher knows is filled in") {
  const v1::Report report = sent(smallest(), terms());
  CHECK(is_uuidv7(report.id()));
  CHECK(report.organization() == "tepco");
  CHECK(report.source() == "sector");
  CHECK(report.issued_at().seconds() == 1'780'306'200);
  CHECK(report.issued_at().nanos() == 123'456'000);
  CHECK(report.matrix_version() == shipped().version);
  CHECK(report.sections(0).state() == v1::Section::KNOWN);
  CHECK(report.serial() == 0);
  CHECK(sent(smallest(), terms()).id() != report.id());
}

TEST_CASE("what is given stays") {
  v1::Report report = smallest();
  report.set_id("0197292b-4ac0-7000-8000-000000000001");
  report.mutable_issued_at()->set_seconds(5);
  report.set_matrix_version("older");
  report.set_serial(3);
  auto* cause = report.add_sections();
  cause->set_field("cause");
  cause->set_state(v1::Section::INVESTIGATING);
  const v1::Report out = sent(report, terms());
  CHECK(out.id() == report.id());
  CHECK(out.issued_at().seconds() == 5);
  CHECK(out.matrix_version() == "older");
  CHECK(out.serial() == 3);
  CHECK(out.sections(1).state() == v1::Section::INVESTIGATING);
}

TEST_CASE("the bytes are the same every time, whatever order the languages have") {
  v1::Report report = smallest();
  for (const char* language : {"en", "zh", "ko", "fr", "de"}) (*report.mutable_title())[language] = language;
  const Bytes bytes = serialized(report);
  for (int i = 0; i < 50; ++i) {
    v1::Report again;
    REQUIRE(again.ParseFromString(report.SerializeAsString()));
    CHECK(serialized(again) == bytes);
  }
  const wire::SigningKey key = wire::make_signing_key();
  const v1::SignedReport letter = sign(key, bytes);
  CHECK(letter.report() == bytes);
  CHECK(letter.key_id() == wire::key_id(key.public_key));
  CHECK(wire::verify(key.public_key, wire::kReportContext, letter.report(), letter.signature()));
}

TEST_CASE("the broker's reasons are known here already") {
  struct Row {
    const char* what;
    std::function<void(v1::Report&)> change;
    Reason reason;
    const char* field;
  };
  const Row rows[] = {
      {"item", [](v1::Report& r) { r.set_item("C.nothing"); }, Reason::unknown_item, "item"},
      {"status", [](v1::Report& r) { r.clear_status(); }, Reason::missing_field, "status"},
      {"tlp", [](v1::Report& r) { r.set_tlp("amber"); }, Reason::tlp_invalid, "tlp"},
      {"no tlp", [](v1::Report& r) { r.clear_tlp(); }, Reason::tlp_missing, "tlp"},
      {"title", [](v1::Report& r) { r.clear_title(); }, Reason::title_missing, "title"},
      {"section", [](v1::Report& r) { r.mutable_sections(0)->set_field("x"); }, Reason::unknown_field,
       "sections[0].field"},
      {"id", [](v1::Report& r) { r.set_id("1"); }, Reason::malformed, "id"},
      {"number", [](v1::Report& r) { r.set_status(static_cast<v1::Report::Status>(9)); }, Reason::malformed, "status"},
      {"organisation", [](v1::Report& r) { r.set_organization("other-one"); }, Reason::organization_mismatch,
       "organization"},
      {"source", [](v1::Report& r) { r.set_source("other"); }, Reason::source_mismatch, "source"},
      {"size", [](v1::Report& r) { (*r.mutable_sections(0)->mutable_text())["en"] = std::string(2 << 20, 'x'); },
       Reason::too_large, "sections[0].text.en"},
      {"attachment",
       [](v1::Report& r) {
         r.add_attachments()->set_data("x");
         r.add_attachments()->set_data(std::string(2 << 20, 'x'));
       },
       Reason::too_large, "attachments[1].data"},
      {"small attachment", [](v1::Report& r) { r.add_attachments()->set_data(std::string(300 << 10, 'x')); },
       Reason::too_large, "attachments[0].data"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    v1::Report report = smallest();
    row.change(report);
    const Rejection no = refused(report, terms());
    CAPTURE(no.detail);
    CHECK(no.reason == row.reason);
    CHECK(no.field == row.field);
  }
}

TEST_CASE("without an author it goes unchecked whose report it is") {
  v1::Report report = smallest();
  const Terms nobody{shipped(), std::nullopt, std::nullopt, Micros{1}};
  CHECK(sent(report, nobody).organization().empty());
  report.set_organization("whoever");
  report.set_source("other");
  CHECK(sent(report, nobody).organization() == "whoever");
}

TEST_CASE("a credential without source group publishes nothing, and is told whom to ask") {
  Terms with = terms();
  with.author->source.clear();
  const Rejection no = refused(smallest(), with);
  CHECK(no.reason == Reason::not_permitted);
  CHECK(no.detail.find("registrar") != std::string::npos);
}

TEST_CASE("what a template holds is no live report until it is written over, in every language") {
  const Localized marked = placeholder("件名", "title");
  const Terms nobody{shipped(), std::nullopt, std::nullopt, Micros{1}};
  for (const auto& [language, words] : marked) {
    CAPTURE(language);
    v1::Report titled = smallest();
    (*titled.mutable_title())[language] = words;
    CHECK(refused(titled, terms()).reason == Reason::missing_field);
    CHECK(refused(titled, terms()).field == "title." + language);
    v1::Report filled = smallest();
    (*filled.mutable_sections(0)->mutable_text())["de"] = words + " und mehr";
    CHECK(refused(filled, terms()).field == "sections[0].text.de");
    sent(filled, nobody);  // validate has a notice of its own
    filled.set_status(v1::Report::EXERCISE);
    sent(filled, terms());
  }
  CHECK_FALSE(first_placeholder(std::get<Checked>(prepare(smallest(), Identity::fresh, terms())).report));
}

TEST_CASE("--relates-to is added, but never over another relation") {
  Terms with = terms();
  const std::string id = "0197292b-4ac0-7000-8000-000000000001";
  with.relating = Relating{id, Relation::cancel};
  v1::Report report = smallest();
  CHECK(sent(report, with).relates_to().relation() == v1::RelatesTo::CANCEL);
  report.mutable_relates_to()->set_report_id(id);
  report.mutable_relates_to()->set_relation(v1::RelatesTo::CANCEL);
  CHECK(sent(report, with).relates_to().report_id() == id);
  report.mutable_relates_to()->set_relation(v1::RelatesTo::UPDATE);
  CHECK(refused(report, with).field == "relatesTo");
  with.relating->report = "not an id";
  CHECK(refused(smallest(), with).reason == Reason::relation_unknown);
}

}  // namespace
