// The matrix that is shipped, against tables written from the source document and not from the file.
#include "schemas/matrix.h"

#include <string>
#include <vector>

#include "proto/types/topic.h"
#include "schemas/matrix_loader.h"
#include "schemas/report_check.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;

const Matrix& shipped() {
  static const Matrix matrix = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return matrix;
}

struct ItemRow {
  std::string id, category, ja;
  std::vector<std::string> fields;
};

const std::vector<ItemRow> kItems{
    {"A.failure-case",
     "A",
     "IT障害事例",
     {"content", "cause", "emergency-response", "correlation", "long-term-measures", "lessons", "past-cases"}},
    {"A.near-miss", "A", "ヒヤリハット事例", {"content", "cause", "recurrence-prevention", "lessons"}},
    {"B.a.overseas-trends", "B.a", "海外動向", {"crime-cases", "failure-cases", "technology-trends"}},
    {"B.a.regulations", "B.a", "関係各種規程類", {"guidelines"}},
    {"B.a.institutional-change", "B.a", "制度変更等の情報", {"content"}},
    {"B.a.society-technology", "B.a", "社会・技術動向", {"content"}},
    {"B.a.references-events",
     "B.a",
     "参考文献、会合の案内",
     {"threat-analysis-reports", "technology-trends", "seminars", "exchange"}},
    {"B.a.statistics", "B.a", "統計情報の提供", {"failures", "attacks"}},
    {"B.a.initiatives", "B.a", "情報セキュリティ対策への取組み状況", {"ceptoar-activities", "csr-reports"}},
    {"B.b.threat-trends", "B.b", "脅威の動向", {"content", "handling", "attack-cases", "attack-methods", "views"}},
    {"B.b.exercise-findings", "B.b", "演習、訓練等から得られた課題等", {"content"}},
    {"B.b.security-measures",
     "B.b",
     "情報セキュリティ対策情報",
     {"operator-analysis", "presentations", "industry-reports", "best-practices", "agency-reports"}},
    {"B.c.national-events", "B.c", "国事等(ソーシャルイベント)", {"content"}},
    {"B.c.vulnerability", "B.c", "個別の脆弱性に対する情報", {"vulnerability", "countermeasure", "views"}},
    {"B.c.precursor", "B.c", "予兆についての情報", {"precursor", "traffic-observation", "views"}},
    {"B.c.attack-flash", "B.c", "重要インフラへのサイバー攻撃等の速報", {"content"}},
    {"C.emergency-notice", "C", "緊急事態(大規模サイバー攻撃等)時の広報等", {"response-room", "contact-change"}},
    {"C.disaster", "C", "災害情報", {"situation", "recovery-outlook"}},
    {"C.specific-threat", "C", "個別の脅威(攻撃)についての情報", {"content", "method", "countermeasure", "summary"}},
    {"C.it-failure",
     "C",
     "IT障害情報",
     {"content", "cause", "emergency-response", "correlation", "countermeasure", "recovery-outlook"}},
};

template <class List>
std::vector<std::string> ids(const List& list) {
  std::vector<std::string> out;
  for (const auto& each : list) out.push_back(each.id);
  return out;
}

}  // namespace

TEST_CASE("the matrix has the items and fields of the source document, in its order") {
  REQUIRE(shipped().items.size() == kItems.size());
  for (std::size_t i = 0; i < kItems.size(); ++i) {
    const ItemRow& row = kItems[i];
    const MatrixItem& item = shipped().items[i];
    CAPTURE(row.id);
    CHECK(item.id == row.id);
    CHECK(item.category == row.category);
    CHECK(item.label.at("ja") == row.ja);
    CHECK(ids(item.fields) == row.fields);
  }
}

TEST_CASE("the matrix has the categories, source groups and postures of the source document") {
  CHECK(shipped().version == "2011-06.1");
  CHECK(ids(shipped().categories) == std::vector<std::string>{"A", "B.a", "B.b", "B.c", "C"});
  CHECK(ids(shipped().sources) ==
        std::vector<std::string>{"government", "nisc-ciip", "related-agencies", "sector", "other"});
  CHECK(shipped().category("B.b")->timing.at("ja") == "(ア) 平時");
  CHECK(shipped().category("B.c")->timing.at("ja") == "(イ) 要警戒時・障害発生時");
  CHECK(shipped().postures.at(Posture::normal).at("ja") == "平時");
  CHECK(shipped().postures.at(Posture::heightened).at("ja") == "要警戒時");
  CHECK(shipped().postures.at(Posture::incident).at("ja") == "障害発生時");
}

TEST_CASE("what is more pressing is to be confirmed no later") {
  for (const MatrixCategory& category : shipped().categories) {
    CAPTURE(category.id);
    const auto& normal = category.deadlines.at(Posture::normal);
    const auto& incident = category.deadlines.at(Posture::incident);
    CHECK(incident.delivered <= normal.delivered);
    CHECK(incident.opened <= normal.opened);
    CHECK(incident.responded <= normal.responded);
  }
  CHECK(shipped().category("C")->deadlines.at(Posture::incident).opened == std::chrono::minutes(30));
}

TEST_CASE("lookups of what is not there") {
  CHECK(shipped().item("C") == nullptr);
  CHECK(shipped().item("") == nullptr);
  CHECK(shipped().category("B") == nullptr);
  CHECK(shipped().source("vendor") == nullptr);
  CHECK(shipped().item("C.it-failure")->field("views") == nullptr);
  CHECK(shipped().item("C.it-failure")->field("cause")->label.at("ja") == "障害の原因");
}

TEST_CASE("the lane of every item at every posture") {
  for (const ItemRow& row : kItems) {
    CAPTURE(row.id);
    const bool always = row.category == "B.c" || row.category == "C";
    const bool when_tense = always || row.id == "B.b.threat-trends" || row.id == "B.b.security-measures";
    CHECK(lane_of(shipped(), row.id, Posture::normal) == (always ? Lane::urgent : Lane::batched));
    CHECK(lane_of(shipped(), row.id, Posture::heightened) == (when_tense ? Lane::urgent : Lane::batched));
    CHECK(lane_of(shipped(), row.id, Posture::incident) == (when_tense ? Lane::urgent : Lane::batched));
  }
}

TEST_CASE("knows_topic") {
  struct Row {
    std::string pattern;
    bool known;
  };
  const Row rows[] = {
      {"*", true},
      {"A", true},
      {"B", true},
      {"B.c", true},
      {"C.it-failure", true},
      {"C.it-failure.sector", true},
      {"B.b.threat-trends.nisc-ciip", true},
      {"exercise", true},
      {"test", true},
      {"exercise.B", true},
      {"test.C.it-failure.sector", true},
      {"", false},
      {".", false},
      {"D", false},
      {"b", false},
      {"B.", false},
      {"B.c.pre", false},
      {"B.c.precursor.", false},
      {"B.c.precursor.sect", false},
      {"B.c.precursor.sector.x", false},
      {"C.it-failure.vendor", false},
      {"C.sector", false},
      {"sector", false},
      {"C.*", false},
      {"exercise.", false},
      {"exercise.*", false},
      {"exercise.exercise.C", false},
      {"exercise.test", false},
      {"exercises", false},
      {"actual.C", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CHECK(shipped().knows_topic(row.pattern) == row.known);
    // The rule it stands for: some topic of the matrix is covered.
    bool covered = false;
    for (const MatrixItem& item : shipped().items)
      for (const SourceGroup& source : shipped().sources)
        for (const Status status : {Status::actual, Status::exercise, Status::test})
          covered = covered || covers(row.pattern, topic_of(status, item.id, source.id));
    CHECK(covered == row.known);
  }
}
