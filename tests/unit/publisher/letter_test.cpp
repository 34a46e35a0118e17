// How letters lie in the outbox: what is written is what is read.
#include "publisher/letter.h"

#include "proto/wire/signing.h"
#include "publisher/import_json.h"
#include "schemas/matrix_loader.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::publisher;

std::vector<Letter> some() {
  const Matrix matrix = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  const Terms terms{matrix, Author{"tepco", "sector"}, std::nullopt, Micros{1'780'306'200'123'456}};
  const std::string text = R"([{"item":"C.it-failure","status":"ACTUAL","tlp":"GREEN","title":{"ja":"題"},)"
                           R"("sections":[{"field":"content","text":{"ja":"内容"}}],)"
                           R"("relatesTo":{"reportId":"0197292b-4ac0-7000-8000-000000000001","relation":"UPDATE"}},)"
                           R"({"item":"nothing"}])";
  return seal(prepare_text("名\xFF.json", text, import_json, terms), wire::make_signing_key());
}

TEST_CASE("letters survive the way to the disk and back") {
  const auto letters = some();
  REQUIRE(letters.size() == 2);
  const auto back = letters_in(to_lines(letters));
  REQUIRE(back);
  REQUIRE(back->size() == 2);
  const auto& parcel = std::get<Parcel>(letters[0].content);
  const auto& again = std::get<Parcel>(back->at(0).content);
  CHECK(again.report.SerializeAsString() == parcel.report.SerializeAsString());
  CHECK(again.item == "C.it-failure");
  CHECK(again.id == parcel.id);
  CHECK(again.relates_to.value == "0197292b-4ac0-7000-8000-000000000001");
  CHECK(again.title == parcel.title);
  CHECK(back->at(0).where == "名\xFF.json[0]");
  CHECK(std::get<Rejection>(back->at(1).content) == std::get<Rejection>(letters[1].content));
  CHECK(letters_in("")->empty());
}

TEST_CASE("what is cut off or altered is no letter") {
  const std::string lines = to_lines(some());
  for (std::size_t size = 1; size < lines.size(); size += 7)
    if (lines[size - 1] != '\n') CHECK_FALSE(letters_in(lines.substr(0, size)));
  for (const char* wrong : {"{}\n", "[]\n", "1\n", "\n",
                            R"({"where":"x","signed":"!"})"
                            "\n",
                            R"({"where":"x","signed":7})"
                            "\n",
                            R"({"where":"x","rejected":{"reason":"none such","field":"","detail":""}})"
                            "\n"})
    CHECK_FALSE(letters_in(wrong));
}

}  // namespace
