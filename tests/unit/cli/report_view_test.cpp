// A report as people and programs read it, in full.
#include "proto/cli/report_view.h"

#include "schemas/matrix_loader.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::cli;

const Matrix& shipped() {
  static const Matrix matrix = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return matrix;
}

Entry entry_in(Lane lane) {
  Entry entry;
  entry.seq = Seq{12};
  entry.recorded_at = Micros{1780306200123456};
  entry.kind = EntryKind::report;
  entry.lane = lane;
  return entry;
}

Common in(Language language) {
  Common common;
  common.language = language;
  return common;
}

// A report with everything in it.
v1::Report full() {
  v1::Report r;
  r.set_id("0197292b-4ac0-7000-8000-000000000001");
  r.set_organization("tokyo-denryoku");
  r.set_item("C.it-failure");
  r.set_source("sector");
  r.set_status(v1::Report::ACTUAL);
  (*r.mutable_title())["ja"] = "受発注システムの停止";
  (*r.mutable_title())["en"] = "Ordering system down";
  auto* content = r.add_sections();
  content->set_field("content");
  content->set_state(v1::Section::KNOWN);
  (*content->mutable_text())["ja"] = "午前9時から停止。\n㈱髙﨑の拠点①を含む。";
  (*content->mutable_text())["en"] = "Down since 9 o'clock.\nAll sites.";
  auto* cause = r.add_sections();
  cause->set_field("cause");
  cause->set_state(v1::Section::INVESTIGATING);
  auto* outlook = r.add_sections();
  outlook->set_field("recovery-outlook");
  outlook->set_state(v1::Section::UNKNOWN);
  (*outlook->mutable_text())["ja"] = "ベンダーに照会中";
  r.set_tlp("AMBER+STRICT");
  r.mutable_audience()->add_sectors("electricity");
  r.mutable_audience()->add_tiers("operator");
  r.mutable_audience()->add_organizations("nisc");
  r.mutable_occurred_at()->set_seconds(1780272000);
  r.mutable_issued_at()->set_seconds(1780306200);
  r.set_serial(2);
  r.mutable_relates_to()->set_report_id("0197292b-4ac0-7000-8000-000000000000");
  r.mutable_relates_to()->set_relation(v1::RelatesTo::UPDATE);
  auto* reference = r.add_references();
  reference->set_url("https://example.jp/a");
  reference->set_title("お知らせ");
  auto* vulnerability = r.add_vulnerabilities();
  vulnerability->set_id("CVE-2026-0001");
  vulnerability->set_cvss(9.8);
  vulnerability->add_products("Example OS");
  auto* indicator = r.add_indicators();
  indicator->set_type("ipv4");
  indicator->set_value("192.0.2.1");
  r.mutable_incident()->add_event_types("stop");
  r.mutable_response_room()->set_state(v1::ResponseRoom::OPENED);
  r.mutable_response_room()->set_contact("03-0000-0000");
  auto* attachment = r.add_attachments();
  attachment->set_name("log.txt");
  attachment->set_media_type("text/plain");
  attachment->set_data("abc");
  r.set_matrix_version("2011-06.1");
  return r;
}

TEST_CASE("the text form is complete, in Japanese") {
  CHECK(report_text(in(Language::ja), shipped(), entry_in(Lane::urgent), full(), "valid") ==
        R"([緊急] TLP:AMBER+STRICT  C.it-failure.sector  #12
【続報】受発注システムの停止
  種別            IT障害情報
  分類            C 障害の拡大防止・復旧のため必要となる情報
  状態            本番
  発信元          tokyo-denryoku (所管省庁・セプター・重要インフラ事業者等)
  報番号          第2報
  関連            0197292b-4ac0-7000-8000-000000000000 の続報
  配布先          分野: electricity / 区分: 事業者 / 組織: nisc
  発生日時        2026-06-01 09:00:00 JST
  発信日時        2026-06-01 18:30:00 JST
  受付日時        2026-06-01 18:30:00 JST
  対策室          設置、連絡先: 03-0000-0000
  事象の種別      stop
  署名            正しい
  識別子          0197292b-4ac0-7000-8000-000000000001
  マトリックス版  2011-06.1

■ 障害の内容
  午前9時から停止。
  ㈱髙﨑の拠点①を含む。

■ 障害の原因 〔調査中〕

■ 復旧見込み 〔不明〕
  ベンダーに照会中

■ 脆弱性の識別子
  - CVE-2026-0001  CVSS 9.8  Example OS

■ 痕跡情報
  - ipv4: 192.0.2.1

■ 参考情報
  - お知らせ  https://example.jp/a

■ 添付ファイル
  - log.txt (text/plain, 3 バイト)
)");
}

TEST_CASE("the text form is complete, in English") {
  CHECK(report_text(in(Language::en), shipped(), entry_in(Lane::batched), full(), "unknown-key") ==
        R"([BATCHED] TLP:AMBER+STRICT  C.it-failure.sector  #12
【UPDATE】Ordering system down
  Item           IT failures
  Category       C Information needed to contain a failure and to recover
  Status         live
  From           tokyo-denryoku (Responsible ministries, CEPTOARs, critical infrastructure operators)
  Serial         no. 2
  Relation       update of 0197292b-4ac0-7000-8000-000000000000
  Audience       sectors: electricity / tiers: operator / organisations: nisc
  Occurred       2026-06-01 09:00:00 JST
  Issued         2026-06-01 18:30:00 JST
  Recorded       2026-06-01 18:30:00 JST
  Response room  opened, contact: 03-0000-0000
  Event types    stop
  Signature      cannot be checked (key unknown)
  Id             0197292b-4ac0-7000-8000-000000000001
  Matrix         2011-06.1

■ What failed
  Down since 9 o'clock.
  All sites.

■ Cause of the failure 〔under investigation〕

■ Outlook for recovery 〔unknown〕
  ベンダーに照会中

■ Vulnerabilities
  - CVE-2026-0001  CVSS 9.8  Example OS

■ Indicators
  - ipv4: 192.0.2.1

■ References
  - お知らせ  https://example.jp/a

■ Attachments
  - log.txt (text/plain, 3 bytes)
)");
}

v1::Report drill(v1::Report::Status status) {
  v1::Report r;
  r.set_id("0197292b-4ac0-7000-8000-000000000002");
  r.set_organization("nisc");
  r.set_item("B.c.attack-flash");
  r.set_source("nisc-ciip");
  r.set_status(status);
  r.set_tlp("GREEN");
  (*r.mutable_title())["ja"] = "攻撃の速報";
  (*r.mutable_title())["en"] = "Attack";
  auto* content = r.add_sections();
  content->set_field("content");
  (*content->mutable_text())["ja"] = "内容";
  return r;
}

TEST_CASE("a drill shouts at its start, in its title and at its end") {
  CHECK(report_text(in(Language::ja), shipped(), entry_in(Lane::urgent), drill(v1::Report::EXERCISE), "valid") ==
        R"(【訓練】 これは訓練です。実際に起きたことではありません。 【訓練】
[緊急] TLP:GREEN  exercise.B.c.attack-flash.nisc-ciip  #12
【訓練】 攻撃の速報
  種別      重要インフラへのサイバー攻撃等の速報
  分類      B.c 未然防止: 予兆・警報に関する情報
  状態      訓練
  発信元    nisc (NISC重要インフラグループ)
  受付日時  2026-06-01 18:30:00 JST
  署名      正しい
  識別子    0197292b-4ac0-7000-8000-000000000002

■ 内容
  内容
【訓練】 これは訓練です。実際に起きたことではありません。 【訓練】
)");
  const std::string test =
      report_text(in(Language::en), shipped(), entry_in(Lane::urgent), drill(v1::Report::TEST), "valid");
  const std::string shout = "【TEST】 THIS IS A TEST. It is not happening for real. 【TEST】\n";
  CHECK(test.starts_with(shout));
  CHECK(test.ends_with(shout));
  CHECK(test.find("\n【TEST】 Attack\n") != std::string::npos);
}

TEST_CASE("the label has its colour, an invalid signature is loud") {
  Common common = in(Language::ja);
  common.color = true;
  v1::Report r = full();
  const auto text = [&](const char* signature) {
    return report_text(common, shipped(), entry_in(Lane::urgent), r, signature);
  };
  CHECK(text("valid").find("\x1b[33mTLP:AMBER+STRICT\x1b[0m") != std::string::npos);
  r.set_tlp("RED");
  CHECK(text("valid").find("\x1b[1;31mTLP:RED\x1b[0m") != std::string::npos);
  CHECK(text("invalid").find("\x1b[1;31m不正") != std::string::npos);
}

TEST_CASE("an item of a newer matrix is shown by its ids, and no text steers the terminal") {
  v1::Report r = full();
  r.set_item("D.new");
  (*r.mutable_title())["ja"] = "a\x1b]0;x\nb";
  const std::string text = report_text(in(Language::ja), shipped(), entry_in(Lane::urgent), r, "valid");
  CHECK(text.find("D.new") != std::string::npos);
  CHECK(text.find("■ recovery-outlook") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("a\uFFFD]0;x b\n") != std::string::npos);
}

TEST_CASE("JSON is protobuf's mapping, the same every time") {
  v1::Report r = drill(v1::Report::EXERCISE);
  (*r.mutable_title())["zh"] = "攻";
  const std::string expected =
      R"({"id":"0197292b-4ac0-7000-8000-000000000002","organization":"nisc","item":"B.c.attack-flash","source":"nisc-ciip",)"
      R"("status":"EXERCISE","title":{"en":"Attack","ja":"攻撃の速報","zh":"攻"},)"
      R"("sections":[{"field":"content","text":{"ja":"内容"}}],"tlp":"GREEN"})";
  for (int i = 0; i < 20; ++i) {
    v1::Report again;  // a map of its own, with an order of its own
    REQUIRE(again.ParseFromString(r.SerializeAsString()));
    CHECK(report_json(again) == expected);
  }
  CHECK(delivery_json(entry_in(Lane::urgent), r, "valid") ==
        R"({"seq":12,"recordedAt":"2026-06-01T09:30:00.123456Z","lane":"urgent",)"
        R"("topic":"exercise.B.c.attack-flash.nisc-ciip","publisher":"nisc","signature":"valid","report":)" +
            expected + "}");
}

}  // namespace
