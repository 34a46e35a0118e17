// What the loader says about a matrix file that is wrong: where, what, and what to do.
#include "schemas/matrix_loader.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/catch.h"

namespace {

using namespace noroshi;

// Line numbers in the table below are lines of this text, counted from 1.
const std::string kGood = R"(version = "1"
[posture]
normal = { label = { ja = "平時", en = "Normal" } }
heightened = { label = { ja = "要警戒時", en = "Heightened" } }
incident = { label = { ja = "障害発生時", en = "Incident" } }
[[category]]
id = "X.a"
label = { ja = "分類", en = "Category" }
timing = { ja = "平時", en = "Normal times" }
lane = { normal = "batched", heightened = "batched", incident = "urgent" }
deadline-minutes.normal = { delivered = 1, opened = 2, responded = 3 }
deadline-minutes.heightened = { delivered = 1, opened = 2, responded = 3 }
deadline-minutes.incident = { delivered = 1, opened = 1, responded = 1 }
[[source]]
id = "s"
label = { ja = "源", en = "Source" }
[[item]]
id = "X.a.one"
category = "X.a"
label = { ja = "項目", en = "Item" }
lane = { heightened = "urgent" }
fields = [
  { id = "content", label = { ja = "内容", en = "Content" } },
]
)";

std::string error_of(const std::string& toml) {
  try {
    parse_matrix(toml, "m.toml");
  } catch (const MatrixError& error) {
    return error.what();
  }
  return "accepted";
}

struct Change {
  std::string from, to;  // the first `from` in kGood becomes `to`
  std::string error;     // the message begins with this
  std::string advice;    // and has this in it
};

const std::string kMoreItem = R"([[item]]
id = "X.a.one"
category = "X.a"
label = { ja = "又", en = "Again" }
fields = [{ id = "content", label = { ja = "内容", en = "Content" } }]
)";

const Change kChanges[] = {
    // not TOML at all
    {"version = \"1\"", "version = ", "m.toml:1: not TOML: ", ""},
    {"id = \"s\"", "id = \"s", "m.toml:15: not TOML: ", ""},
    {"version = \"1\"", "version = \"1\"\nversion = \"2\"", "m.toml:2: not TOML: ", ""},
    {"\"Source\"", "\"\xff\"", "m.toml:16: not TOML: ", ""},
    // unknown keys, at every level
    {"version = \"1\"", "version = \"1\"\nowner = \"me\"", "m.toml:2: the matrix has an unknown key \"owner\"",
     "one of: version, posture, category, source, item"},
    {"normal = { label", "normal = { note = 1, label", "m.toml:3: posture at normal has an unknown key \"note\"",
     "label"},
    {"timing =", "timeing =", "m.toml:9: category X.a has an unknown key \"timeing\"", "timing"},
    {"id = \"s\"", "id = \"s\"\nrow = 1", "m.toml:16: source s has an unknown key \"row\"", "id, label"},
    {"lane = { heightened", "lanes = { heightened", "m.toml:21: item X.a.one has an unknown key \"lanes\"", "lane"},
    {"{ id = \"content\",", "{ id = \"content\", must = true,",
     "m.toml:23: field content of item X.a.one has an unknown key \"must\"", "id, label"},
    {"en = \"Item\"", "en = \"Item\", fr = \"Objet\"", "m.toml:20: the label of item X.a.one has an unknown key \"fr\"",
     "ja, en"},
    {"opened = 2,", "opened = 2, read = 2,", "m.toml:11: deadline-minutes of category X.a at normal has an unknown key",
     "delivered, opened, responded"},
    // missing parts
    {"version = \"1\"\n", "", "m.toml:1: the matrix has no version", "add version"},
    {"label = { ja = \"源\", en = \"Source\" }\n", "", "m.toml:14: source s has no label",
     "{ ja = \"…\", en = \"…\" }"},
    {"ja = \"源\", ", "", "m.toml:16: the label of source s has no ja", "{ ja = \"…\", en = \"…\" }"},
    {", en = \"Normal times\"", "", "m.toml:9: the timing of category X.a has no en", "{ ja = \"…\", en = \"…\" }"},
    {", en = \"Content\"", "", "m.toml:23: the label of field content of item X.a.one has no en", ""},
    {"id = \"X.a.one\"\n", "", "m.toml:17: item has no id", "add id"},
    {"category = \"X.a\"\n", "", "m.toml:17: item X.a.one has no category", "add the id of its category"},
    {"incident = { label = { ja = \"障害発生時\", en = \"Incident\" } }\n", "",
     "m.toml:2: posture says nothing for posture incident", "add it"},
    {"heightened = \"batched\", ", "", "m.toml:10: the lane of category X.a says nothing for posture heightened",
     "add it"},
    {"lane = { normal = \"batched\", heightened = \"batched\", incident = \"urgent\" }\n", "",
     "m.toml:6: category X.a has no lane", "add lane"},
    {"deadline-minutes.incident = { delivered = 1, opened = 1, responded = 1 }\n", "",
     "m.toml:11: deadline-minutes of category X.a says nothing for posture incident", "add it"},
    {", responded = 3", "", "m.toml:11: deadline-minutes of category X.a at normal has no responded", "minutes"},
    {"fields = [\n  { id = \"content\", label = { ja = \"内容\", en = \"Content\" } },\n]\n", "",
     "m.toml:17: item X.a.one has no fields", "write fields"},
    {"\n  { id = \"content\", label = { ja = \"内容\", en = \"Content\" } },\n", "",
     "m.toml:22: item X.a.one has no fields", "write fields"},
    {"[[source]]\nid = \"s\"\nlabel = { ja = \"源\", en = \"Source\" }\n", "", "m.toml:1: the matrix has no source",
     "[[source]]"},
    // the wrong kind of value
    {"version = \"1\"", "version = 1", "m.toml:1: version is no text", "quotes"},
    {"version = \"1\"", "version = \" \"", "m.toml:1: version is blank", "write it"},
    {"\"Item\"", "\"\"", "m.toml:20: the label of item X.a.one in en is blank", "write it"},
    {"\"Item\"", "\"\u3000\"", "m.toml:20: the label of item X.a.one in en is blank", "write it"},
    {"{ ja = \"項目\", en = \"Item\" }", "\"Item\"", "m.toml:20: the label of item X.a.one is no table", "{ ja ="},
    {"[[source]]", "[source]", "m.toml:14: source is no list of tables", "[[source]]"},
    {"opened = 2", "opened = 0", "m.toml:11: deadline-minutes of category X.a at normal: opened is no number", "1 to"},
    {"opened = 2", "opened = \"2h\"", "m.toml:11: deadline-minutes of category X.a at normal: opened is no number", ""},
    {"opened = 2", "opened = 9223372036854775807", "m.toml:11: deadline-minutes of category X.a at normal: opened", ""},
    {"delivered = 1, opened = 2", "delivered = 3, opened = 2",
     "m.toml:11: deadline-minutes of category X.a at normal is out of order", "delivered comes first"},
    {"opened = 2", "opened = 4", "m.toml:11: deadline-minutes of category X.a at normal is out of order", "then"},
    // unknown names
    {"normal = { label", "calm = { label", "m.toml:3: posture names an unknown posture \"calm\"",
     "normal, heightened, incident"},
    {"lane = { heightened", "lane = { hightened",
     "m.toml:21: the lane of item X.a.one names an unknown posture \"hightened\"", "normal, heightened, incident"},
    {"lane = { heightened = \"urgent\"", "lane = { heightened = \"fast\"",
     "m.toml:21: the lane of item X.a.one at heightened is an unknown lane \"fast\"", "urgent, batched"},
    {"lane = { heightened = \"urgent\" }", "lane = {}", "m.toml:21: the lane of item X.a.one is empty",
     "leave lane out"},
    {"category = \"X.a\"", "category = \"X.b\"", "m.toml:19: item X.a.one is in an unknown category \"X.b\"",
     "[[category]]"},
    // ids
    {"id = \"s\"", "id = \"s s\"", "m.toml:15: \"s s\" is no id for source", "letters, digits and -"},
    {"id = \"s\"", "id = \"s.s\"", "m.toml:15: \"s.s\" is no id for source", "letters, digits and -"},
    {"id = \"X.a.one\"", "id = \"X.a..one\"", "m.toml:18: \"X.a..one\" is no id for item", "dots between"},
    {"id = \"X.a.one\"", "id = \"X.a.\"", "m.toml:18: \"X.a.\" is no id for item", "dots between"},
    {"id = \"s\"", "id = \"" + std::string(129, 's') + "\"", "m.toml:15: the id of source has 129 bytes",
     "at most 128"},
    {"id = \"X.a.one\"", "id = \"X.b.one\"", "m.toml:17: item X.b.one does not begin with its category",
     "X.a.<one word>"},
    {"id = \"X.a.one\"", "id = \"X.ab\"", "m.toml:17: item X.ab does not begin with its category", "X.a.<one word>"},
    {"id = \"X.a.one\"", "id = \"X.a.one.two\"", "m.toml:17: item X.a.one.two does not begin with", "X.a.<one word>"},
    {"id = \"X.a.one\"", "id = \"X.a\"", "m.toml:17: item X.a has the id of a category", "another"},
    {"id = \"X.a\"", "id = \"test.a\"", "m.toml:6: category test.a begins with the topic root of drills", "another id"},
    {"[[item]]\n", kMoreItem + "[[item]]\n", "m.toml:23: item \"X.a.one\" is there already, at line 18", "another id"},
    {"[[source]]\n", "[[source]]\nid = \"s\"\nlabel = { ja = \"源\", en = \"Source\" }\n[[source]]\n",
     "m.toml:18: source \"s\" is there already, at line 15", "another id"},
    {"  { id = \"content\", label = { ja = \"内容\", en = \"Content\" } },\n",
     "  { id = \"content\", label = { ja = \"内容\", en = \"Content\" } },\n"
     "  { id = \"content\", label = { ja = \"内容\", en = \"Content\" } },\n",
     "m.toml:24: field of item X.a.one \"content\" is there already, at line 23", "another id"},
};

}  // namespace

TEST_CASE("a small matrix is read as written") {
  const Matrix matrix = parse_matrix(kGood, "m.toml");
  CHECK(matrix.version == "1");
  CHECK(matrix.items.at(0).id == "X.a.one");
  CHECK(matrix.items.at(0).lane.at(Posture::normal) == Lane::batched);     // the category's
  CHECK(matrix.items.at(0).lane.at(Posture::heightened) == Lane::urgent);  // the item's own
  CHECK(matrix.items.at(0).lane.at(Posture::incident) == Lane::urgent);    // the category's
  CHECK(matrix.items.at(0).fields.at(0).label.at("ja") == "内容");
  CHECK(matrix.categories.at(0).deadlines.at(Posture::normal).responded == std::chrono::minutes(3));
}

TEST_CASE("every mistake in a matrix file is reported with its line") {
  for (const Change& change : kChanges) {
    std::string toml = kGood;
    const std::size_t at = toml.find(change.from);
    INFO(change.from << " -> " << change.to);
    REQUIRE(at != std::string::npos);
    toml.replace(at, change.from.size(), change.to);
    const std::string error = error_of(toml);
    CAPTURE(error);
    CHECK(error.starts_with(change.error));
    CHECK(error.find(change.advice) != std::string::npos);
  }
}

TEST_CASE("an empty matrix file") {
  CHECK(error_of("").starts_with("m.toml:1: the file is empty"));
  CHECK(error_of("# nothing but a comment\n").starts_with("m.toml:1: the file is empty"));
}

TEST_CASE("a matrix file that cannot be read") {
  const auto error = [](const std::filesystem::path& path) -> std::string {
    try {
      load_matrix(path);
    } catch (const MatrixError& caught) {
      return caught.what();
    }
    return "accepted";
  };
  CHECK(error("/nowhere/matrix.toml").starts_with("/nowhere/matrix.toml: cannot be read: "));
  CHECK(error("/").starts_with("/: cannot be read: it is a directory"));
}

TEST_CASE("load_matrix names the file in its complaints") {
  const auto path = std::filesystem::temp_directory_path() / ("noroshi-matrix-" + std::to_string(::getpid()) + ".toml");
  std::ofstream(path) << "nonsense = 1\n";
  CHECK_THROWS_WITH(load_matrix(path), Catch::Matchers::StartsWith(path.string() + ":1: "));
  std::filesystem::remove(path);
}

TEST_CASE("where the matrix is looked for") {
  const char* before = std::getenv("NOROSHI_MATRIX");
  const std::string saved = before ? before : "";
  ::setenv("NOROSHI_MATRIX", "/from/environment.toml", 1);
  CHECK(matrix_path("/given.toml") == "/given.toml");
  CHECK(matrix_path({}) == "/from/environment.toml");
  ::setenv("NOROSHI_MATRIX", "", 1);
  CHECK(matrix_path({}).filename() == "matrix.toml");
  if (before)
    ::setenv("NOROSHI_MATRIX", saved.c_str(), 1);
  else
    ::unsetenv("NOROSHI_MATRIX");
}
