// The confirmation board as people and programs read it.
#include "proto/cli/board_view.h"

#include <iostream>
#include <sstream>

#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::cli;

v1::BoardMember& add(v1::BoardReport& report, const std::string& who, v1::Receipt::Stage stage,
                     std::string reason = {}) {
  v1::BoardMember& member = *report.add_members();
  member.set_organization(who);
  member.set_tier("operator");
  member.add_sectors("gas");
  member.set_stage(stage);
  member.set_reason(std::move(reason));
  if (stage == v1::Receipt::RESPONDED)
    for (const auto set : {&v1::BoardMember::set_delivered_at_us, &v1::BoardMember::set_opened_at_us,
                           &v1::BoardMember::set_responded_at_us})
      (member.*set)(2 * kMicrosPerSecond);
  return member;
}

v1::BoardReport sample() {
  v1::BoardReport report;
  report.set_id("01890a5d-ac96-774b-bcce-000000000001");
  report.set_status("ACTUAL");
  (*report.mutable_title())["ja"] = "題名";
  report.set_recorded_at_us(kMicrosPerSecond);
  return report;
}

std::string shown(const v1::BoardReport& report, const std::string& which, Language language = Language::ja) {
  Common common;
  common.language = language;
  v1::Board board;
  *board.add_reports() = report;
  std::ostringstream out;
  std::streambuf* const before = std::cout.rdbuf(out.rdbuf());
  show_board(common, which, board);
  std::cout.rdbuf(before);
  return out.str();
}

std::string text_of(const boost::json::value& value) { return std::string(value.as_string()); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("who was revoked since is listed and counted nowhere, so that everything can reach 100 %") {
  v1::BoardReport report = sample();
  add(report, "east-gas", v1::Receipt::RESPONDED);
  add(report, "west-gas", v1::Receipt::DELIVERED, "access_ended").set_revoked(true);
  add(report, "north-gas", v1::Receipt::RESPONDED).set_revoked(true);
  const boost::json::object json = board_json(report);
  for (const char* stage : {"expected", "delivered", "opened", "responded"}) {
    INFO(stage);
    CHECK(json.at(stage).to_number<int>() == 1);
    CHECK(json.at("byTier").at("operator").at(stage).to_number<int>() == 1);
    CHECK(json.at("bySector").at("gas").at(stage).to_number<int>() == 1);
  }
  CHECK(json.at("pace").at("RESPONDED").at("count").to_number<int>() == 1);
  const auto& rows = json.at("members").as_array();
  REQUIRE(rows.size() == 3);
  CHECK_FALSE(rows[0].at("revoked").as_bool());
  CHECK(rows[1].at("revoked").as_bool());
  CHECK(text_of(rows[1].at("reason")) == "access_ended");
  const std::string text = shown(report, report.id());
  CHECK(has(text, "接続資格の終了"));
  CHECK(has(text, "1/1 (100%)"));
  CHECK(has(text, "事業者"));
  CHECK_FALSE(has(text, "operator"));
  CHECK_FALSE(has(text, "/3"));
}

TEST_CASE("who did not ask for drills is shown on a drill's board, and not counted") {
  v1::BoardReport report = sample();
  const std::size_t expected = board_json(report).at("expected").to_number<std::size_t>();
  add(report, "east-gas", v1::Receipt::STAGE_UNSPECIFIED, "not_asked_for");
  CHECK(board_json(report).at("expected").to_number<std::size_t>() == expected + 1);
  CHECK(has(shown(report, report.id()), "配信を求めていない"));
  report.set_status("EXERCISE");
  CHECK(board_json(report).at("expected").to_number<std::size_t>() == expected);
  CHECK(text_of(board_json(report).at("members").as_array().back().at("reason")) == "not_asked_for");
}

TEST_CASE("sinks that fail are named") {
  v1::BoardReport report = sample();
  add(report, "east-gas", v1::Receipt::DELIVERED, "sink_failing");
  CHECK(text_of(board_json(report).at("members").as_array()[0].at("reason")) == "sink_failing");
  CHECK(has(shown(report, report.id()), "届いたが受信後の通知に失敗中"));
  CHECK(has(shown(report, report.id(), Language::en), "delivered, but the daemon's sinks fail"));
}

TEST_CASE("what was withdrawn, corrected or has expired says so, in the heading and in the table") {
  v1::BoardReport report = sample();
  boost::json::object json = board_json(report);
  CHECK(json.at("withdrawn").is_null());
  CHECK(json.at("withdrawal").is_null());
  CHECK_FALSE(json.at("expired").as_bool());
  CHECK_FALSE(has(shown(report, report.id()), "【"));

  report.set_withdrawn("01890a5d-ac96-774b-bcce-000000000009");
  for (const auto& [relation, ja, en] :
       {std::tuple{"CANCEL", "【取消】", "【WITHDRAWN】"}, std::tuple{"CORRECTION", "【訂正あり】", "【CORRECTED】"}}) {
    report.set_withdrawal(relation);
    json = board_json(report);
    CHECK(text_of(json.at("withdrawn")) == report.withdrawn());
    CHECK(text_of(json.at("withdrawal")) == relation);
    const std::string text = shown(report, report.id());
    CHECK(text.starts_with(std::string(ja) + "題名"));
    CHECK(has(text, std::string(ja) + " 参照: " + report.withdrawn()));
    CHECK(has(shown(report, ""), std::string(ja) + "題名"));
    CHECK(has(shown(report, report.id(), Language::en), std::string(en) + " see " + report.withdrawn()));
  }
  report.set_expired(true);
  CHECK(board_json(report).at("expired").as_bool());
  report.set_status("EXERCISE");
  CHECK(shown(report, report.id()).starts_with("【訂正あり】【期限切れ】【訓練】題名"));
  CHECK(has(shown(report, "", Language::en), "【CORRECTED】【EXPIRED】【EXERCISE】"));
}
