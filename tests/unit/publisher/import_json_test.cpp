// JSON that is no report, and what is said about it; and what stands beside it is still taken.
#include "publisher/import_json.h"

#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::publisher;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// "item" of a report, or "reason field" of a rejection.
std::string told(const Imported& imported) {
  if (const auto* broken = std::get_if<Rejection>(&imported.report))
    return std::string(name_of(broken->reason)) + (broken->field.empty() ? "" : " " + broken->field);
  return std::get<v1::Report>(imported.report).item();
}

std::vector<std::string> told(std::string_view text) {
  std::vector<std::string> out;
  for (const Imported& each : import_json("f", text)) out.push_back(told(each));
  return out;
}

using Told = std::vector<std::string>;

TEST_CASE("one report, an array, one a line: the same reports") {
  CHECK(told(R"({"item":"a"})") == Told{"a"});
  CHECK(told("\xEF\xBB\xBF {\"item\":\"a\"}\r\n") == Told{"a"});  // a byte order mark, as some editors write
  CHECK(told(R"([{"item":"a"}, {"item":"b,]}"} ,{"item":"c\"]"}])") == Told{"a", "b,]}", "c\"]"});
  CHECK(told("{\"item\":\"a\"}\r\n\n{\"item\":\"b\"}\n") == Told{"a", "b"});
  CHECK(told("[]").empty());
  CHECK(told("{\n  \"item\": \"a\",\n  \"title\": {\"ja\": \"髙﨑①㈱ﾊﾝｶｸ\"}\n}\n") == Told{"a"});
}

TEST_CASE("a report is read in full") {
  const auto all =
      import_json("f", R"({"item":"C.it-failure","status":"EXERCISE","tlp":"AMBER+STRICT","title":{"ja":"題"},
    "sections":[{"field":"content","state":"INVESTIGATING","text":{"en":"x"}}],"audience":{"sectors":["gas"]},
    "occurred_at":"2026-06-01T18:30:00.5+09:00","serial":2,"relatesTo":{"reportId":"r","relation":"UPDATE"},
    "attachments":[{"name":"n","mediaType":"t","data":"YWJj"}],"expiresAt":null})");
  const auto& report = std::get<v1::Report>(all.at(0).report);
  CHECK(report.status() == v1::Report::EXERCISE);
  CHECK(report.title().at("ja") == "題");
  CHECK(report.sections(0).state() == v1::Section::INVESTIGATING);
  CHECK(report.occurred_at().seconds() == 1780306200);
  CHECK(report.occurred_at().nanos() == 500'000'000);
  CHECK(report.relates_to().relation() == v1::RelatesTo::UPDATE);
  CHECK(report.attachments(0).data() == "abc");
  CHECK_FALSE(report.has_expires_at());
}

TEST_CASE("what is wrong is named with its place") {
  struct Row {
    const char* json;
    const char* field;
    const char* detail;
  };
  const Row rows[] = {
      {"", "", "no report"},
      {"  \n", "", "no report"},
      {"garbage", "", "not JSON: syntax error, at 1:1"},
      {R"({"item":"a")", "", "incomplete"},
      {R"({"item":"a",})", "", "at 1:13 (byte 12)"},
      {"{\n \"item\":\"a\",\n \"status\" \"x\"\n}", "", "at 3:11"},
      {R"({"item":"a"} x)", "", "at 1:14"},
      {"{\"item\":\"\xff\"}", "", "not UTF-8; save the file as UTF-8, at 1:10 (byte 9)"},
      {"{\"item\":\"\xed\xa0\x80\"}", "", "not UTF-8"},
      {"{\"item\":\"\xe9\x9a\"}", "", "not UTF-8"},
      {R"({"item":"\ud800"})", "", "not JSON"},
      {"5", "", "is a number; must be an object"},
      {"null", "", "is null; must be an object"},
      {"\"x\"", "", "is a string; must be an object"},
      {R"({"item":"a","item":"b"})", "item", "given twice"},
      {R"({"title":{"ja":"a","ja":"b"}})", "title.ja", "given twice"},
      {R"({"title":{"j\u0061":"a","ja":"b"}})", "title.ja", "given twice"},
      {R"({"sections":[{"field":"a"},{"field":"a","field":"b"}]})", "sections[1].field", "given twice"},
      {R"({"occurredAt":"2026-06-01T09:30:00Z","occurred_at":"2026-06-01T09:30:00Z"})", "occurredAt", "given twice"},
      {R"({"titel":{"ja":"a"}})", "titel", "did you mean \"title\"?"},
      {R"({"zzz":1})", "zzz", "the keys here: id, organization, item"},
      {R"({"sections":[{"txt":{}}]})", "sections[0].txt", "did you mean \"text\"?"},
      {R"({"audience":{"organisations":["x"]}})", "audience.organisations", "did you mean \"organizations\"?"},
      {R"({"title":"x"})", "title", "must be an object of language and text"},
      {R"({"title":{"ja":5}})", "title.ja", "is a number; must be a string"},
      {R"({"title":{"ja":null}})", "title.ja", "is null"},
      {R"({"title":[]})", "title", "is an array"},
      {R"({"item":5})", "item", "must be a string"},
      {R"({"item":true})", "item", "is true or false"},
      {R"({"sections":{}})", "sections", "must be an array"},
      {R"({"sections":["x"]})", "sections[0]", "must be an object"},
      {R"({"sections":[{},null]})", "sections[1]", "is null"},
      {R"({"audience":{"sectors":["gas",["x"]]}})", "audience.sectors[1]", "is an array; must be a string"},
      {R"({"audience":{"sectors":"gas"}})", "audience.sectors", "must be an array"},
      {R"({"status":"LIVE"})", "status", "one of ACTUAL, EXERCISE, TEST"},
      {R"({"status":"actual"})", "status", "one of ACTUAL"},
      {R"({"sections":[{"state":"MAYBE"}]})", "sections[0].state", "one of KNOWN, INVESTIGATING, NONE, UNKNOWN"},
      {R"({"relatesTo":{"relation":"X"}})", "relatesTo.relation", "UPDATE"},
      {R"({"occurredAt":"yesterday"})", "occurredAt", "\"yesterday\" is not a valid time; must be a time like"},
      {R"({"occurredAt":"2026-02-30T00:00:00Z"})", "occurredAt", "is not a valid time"},
      {R"({"vulnerabilities":[{"cvss":1e400}]})", "vulnerabilities[0].cvss", "1e400 is beyond every number"},
      {R"({"occurredAt":"2026-06-01T09:30:00"})", "occurredAt", "must be a time"},
      {R"({"occurredAt":"2026-06-01 09:30:00Z"})", "occurredAt", "must be a time"},
      {R"({"occurredAt":{"seconds":1}})", "occurredAt", "must be a time"},
      {R"({"serial":-1})", "serial", "must be a whole number"},
      {R"({"serial":1.5})", "serial", "must be a whole number"},
      {R"({"serial":[1]})", "serial", "must be a number"},
      {R"({"vulnerabilities":[{"cvss":"high"}]})", "vulnerabilities[0].cvss", "must be a number"},
      {R"({"attachments":[{"data":"***"}]})", "attachments[0].data", "must be base64"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    const auto all = import_json("dir/f.json", row.json);
    REQUIRE(all.size() == 1);
    const auto* broken = std::get_if<Rejection>(&all[0].report);
    REQUIRE(broken);
    CAPTURE(broken->detail);
    CHECK(broken->reason == Reason::malformed);
    CHECK(broken->field == row.field);
    CHECK(contains(broken->detail, row.detail));
    CHECK(broken->detail.starts_with("dir/f.json: "));
    CHECK_FALSE(contains(broken->detail, "\n"));
  }
}

TEST_CASE("nesting has an end") {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += R"({"a":)";
    return text + "1" + std::string(static_cast<std::size_t>(depth), '}');
  };
  // Twice under a map's key, where no key is unknown.
  for (const int depth : {20, 600, 100'000}) CHECK(told(nested(depth)).size() == 1);
  CHECK(told(std::string(100'000, '[')) == Told{"malformed"});
  CHECK(told("[{\"item\":\"a\"}," + nested(100) + "]") == Told{"a", "malformed a"});
  const auto array = import_json("f", std::string(600, '[') + std::string(600, ']'));
  REQUIRE(array.size() == 1);
  CHECK(contains(std::get<Rejection>(array[0].report).detail, "f: nested more than 512 deep, at 1:513"));
  // A deep part that the report has: only the whole is refused, not the stack.
  const auto deep = import_json("f", "[" + std::string(100, '[') + std::string(100, ']') + ",{\"item\":\"b\"}]");
  REQUIRE(deep.size() == 2);
  CHECK(told(deep[1]) == "b");
}

TEST_CASE("a broken line or element stops none of the others") {
  const auto lines = import_json(
      "f.ndjson", "{\"item\":\"a\"}\n\nnot json\n{\"item\":5}\n{\"item\":\"\xff\"}\n{\"item\":\"b\"}\n{\"item\":\n");
  Told lines_told;
  Told places;
  for (const Imported& each : lines) {
    lines_told.push_back(told(each));
    places.push_back(each.where);
  }
  CHECK(lines_told == Told{"a", "malformed", "malformed item", "malformed", "b", "malformed"});
  CHECK(places == Told{"f.ndjson:1", "f.ndjson:3", "f.ndjson:4", "f.ndjson:5", "f.ndjson:6", "f.ndjson:7"});
  CHECK(contains(std::get<Rejection>(lines[1].report).detail, "f.ndjson:3: not JSON: syntax error, at 3:1"));
  CHECK(contains(std::get<Rejection>(lines[3].report).detail, "at 5:10"));

  const auto elements = import_json(
      "f", "[{\"item\":\"a\"},\n 5, {\"item\":\"a\",\"item\":\"b\"}, {\"item\":\"\xff\"}, {\"item\":\"c\"}]");
  Told elements_told;
  for (const Imported& each : elements) elements_told.push_back(told(each));
  CHECK(elements_told == Told{"a", "malformed", "malformed item", "malformed", "c"});
  CHECK(elements[3].where == "f[3]");
}

TEST_CASE("an array that is no JSON is one rejection, and so is a broken report over many lines") {
  CHECK(told(R"([{"item":"a"},)") == Told{"malformed"});
  const auto array = import_json("f", "[{},\n oops]");
  REQUIRE(array.size() == 1);
  CHECK(contains(std::get<Rejection>(array[0].report).detail, "f: not JSON: syntax error, at 2:2"));
  CHECK(told("[\n{\"item\":\"a\"}\n{\"item\":\"b\"}\n]") == Told{"malformed"});
  CHECK(told("{\n  \"item\": \"a\",\n  \"sections\": [\n    {\"field\":\"x\"}\n  ],\n  oops\n}") == Told{"malformed"});
}

}  // namespace
