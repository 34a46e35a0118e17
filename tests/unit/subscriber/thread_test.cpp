// A report among those of its thread, and what the daemon writes down of its lanes.
#include "subscriber/thread.h"

#include <boost/json.hpp>

#include <algorithm>

#include "schemas/matrix_loader.h"
#include "subscriber/lane_state.h"
#include "subscriber/reading_view.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/inbox_scene.h"

namespace noroshi::subscriber {

using namespace noroshi::test;

namespace {

constexpr Micros kNow{1};

const Matrix& shipped() {
  static const Matrix matrix = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return matrix;
}

cli::Common in(Language language) {
  cli::Common out;
  out.language = language;
  return out;
}

// The first report, its update, and a comment on the first.
struct Told {
  Told() {
    scene.make();
    Delivery first = delivery(1), update = delivery(2, report_id(1), v1::RelatesTo::UPDATE);
    for (Delivery* each : {&first, &update}) {
      auto* section = each->report.add_sections();
      section->set_field("situation");
      (*section->mutable_text())["ja"] = each == &first ? "全線停止" : "一部復旧\n東線は停止中";
    }
    update.report.set_serial(2);
    (*update.report.mutable_title())["ja"] = (*first.report.mutable_title())["ja"];
    auto* reference = first.report.add_references();
    reference->set_url("https://example.jp/1");
    Delivery comment = delivery(3, report_id(1), v1::RelatesTo::COMMENT);
    for (Delivery* each : {&first, &update, &comment}) seal(*each);
    inbox.store(Lane::urgent, {first, update, comment}, Micros{1});
  }
  Thread thread(std::uint64_t n, Language language = Language::ja) {
    return thread_of(in(language), shipped(), inbox, *inbox.find(report_id(n)));
  }
  const InboxScene scene;
  Inbox inbox = (scene.make(), scene.inbox());
};

}  // namespace

TEST_CASE("an update shows what it changed, field by field, and nothing else") {
  Told told;
  const Thread thread = told.thread(2);
  CHECK(thread.before == report_id(1));
  REQUIRE(thread.changes.size() == 2);
  CHECK(thread.changes[0].field == "災害の現地情報");
  CHECK(thread.changes[0].before == "全線停止");
  CHECK(thread.changes[0].after == "一部復旧\n東線は停止中");
  CHECK(thread.changes[1].before.find("https://example.jp/1") != std::string::npos);
  CHECK(thread.changes[1].after.empty());
  const std::string text = thread_text(in(Language::ja), thread, kNow);
  CHECK(text.find("前の報からの変更") != std::string::npos);
  CHECK(text.find("- 全線停止\n") != std::string::npos);
  CHECK(text.find("+ 東線は停止中\n") != std::string::npos);
}

TEST_CASE("what followed a report stands with it") {
  Told told;
  const Thread thread = told.thread(1);
  CHECK(thread.before.empty());
  CHECK(thread.changes.empty());
  REQUIRE(thread.later.size() == 2);
  const auto json = boost::json::parse(thread_json(*told.inbox.find(report_id(1)), thread)).as_object();
  CHECK(json.at("later").as_array()[1].at("relation") == "COMMENT");
  CHECK(json.at("before").is_null());
  CHECK(thread_text(in(Language::en), thread, kNow).find("#2 update of") != std::string::npos);
  CHECK(thread_text(in(Language::en), told.thread(3), kNow).empty());
}

TEST_CASE("what followed a report says there, too, that it is a drill, withdrawn or expired") {
  Told told;
  Delivery drill = delivery(4, report_id(1), v1::RelatesTo::REFERENCE);
  drill.report.set_status(v1::Report::EXERCISE);
  drill.report.mutable_expires_at()->set_seconds(10);
  Delivery cancel = delivery(5, report_id(2), v1::RelatesTo::CANCEL);
  for (Delivery* each : {&drill, &cancel}) seal(*each);
  told.inbox.store(Lane::urgent, {drill, cancel}, Micros{2});
  const Thread thread = told.thread(1);
  const auto json = boost::json::parse(thread_json(*told.inbox.find(report_id(1)), thread)).as_object();
  const auto& later = json.at("later").as_array();
  REQUIRE(later.size() == 3);
  CHECK(later[0].at("withdrawn").as_string() == report_id(5));
  CHECK(later[0].at("withdrawal").as_string() == "CANCEL");
  CHECK(later[0].at("expiresAt").is_null());
  CHECK(later[1].at("withdrawn").is_null());
  CHECK(later[1].at("status").as_string() == "ACTUAL");
  CHECK(later[2].at("status").as_string() == "EXERCISE");
  CHECK(later[2].at("expiresAt").as_string() == "1970-01-01T00:00:10.000000Z");
  const std::string text = thread_text(in(Language::ja), thread, Micros{20 * kMicrosPerSecond});
  CHECK(text.find("  【取消】【続報】") != std::string::npos);
  CHECK(text.find("  【期限切れ】【訓練】") != std::string::npos);
  CHECK(thread_text(in(Language::ja), thread, kNow).find("【期限切れ】") == std::string::npos);
}

TEST_CASE("a title is compared without the marks that stand before it") {
  Told told;
  Delivery renamed = delivery(4, report_id(2), v1::RelatesTo::CORRECTION);
  (*renamed.report.mutable_title())["ja"] = "三報";
  seal(renamed);
  told.inbox.store(Lane::urgent, {renamed}, Micros{2});
  const auto changes = told.thread(4).changes;
  const auto title =
      std::find_if(changes.begin(), changes.end(), [](const auto& each) { return each.field == "件名"; });
  REQUIRE(title != changes.end());
  CHECK(title->before == told.inbox.find(report_id(2))->report.title().at("ja"));
  CHECK(title->after == "三報");
}

TEST_CASE("an update says that the version before it was withdrawn or corrected by something else") {
  const auto by = [](v1::RelatesTo::Relation relation, const std::string& related) {
    Told told;
    Delivery last = delivery(4, related, relation);
    seal(last);
    told.inbox.store(Lane::urgent, {last}, Micros{2});
    const Reading update = *told.inbox.find(report_id(2));
    const Thread thread = told.thread(2);
    const auto json = boost::json::parse(thread_json(update, thread)).as_object();
    const bool marked = thread.before_withdrawn.has_value();
    CHECK(json.at("beforeWithdrawn").is_null() != marked);
    if (marked) CHECK(json.at("beforeWithdrawn").as_string() == report_id(4));
    if (marked) CHECK(json.at("beforeWithdrawal").as_string() == v1::RelatesTo::Relation_Name(relation));
    const std::string text = thread_text(in(Language::ja), thread, kNow);
    CHECK((text.find("この報告の前の版。参照: " + report_id(4)) != std::string::npos) == marked);
    return marked;
  };
  CHECK(by(v1::RelatesTo::CANCEL, report_id(1)));
  CHECK(by(v1::RelatesTo::CORRECTION, report_id(1)));
  CHECK_FALSE(by(v1::RelatesTo::CANCEL, report_id(2)));  // it says so of itself
  CHECK_FALSE(by(v1::RelatesTo::CORRECTION, report_id(2)));
  CHECK_FALSE(by(v1::RelatesTo::UPDATE, report_id(1)));
}

TEST_CASE("a reminder is an event for the sinks, and does not stand between a loss of the link and its end") {
  const InboxScene scene;
  scene.make();
  LaneStates states(scene.folder().open(Durable::in_time));
  states.link(Lane::urgent, false, Micros{1});
  CHECK(states.tell(Lane::urgent, false, Micros{1}));
  v1::Reminder reminder;
  reminder.set_report_id(report_id(1));
  reminder.set_stage(v1::Receipt::OPENED);
  states.remind(Lane::urgent, reminder, Micros{2});
  CHECK_FALSE(states.tell(Lane::urgent, false, Micros{3}));
  CHECK(states.tell(Lane::urgent, true, Micros{4}));
  const auto json = boost::json::parse(link_json({"overdue", Lane::urgent, Micros{2}, report_id(1), "OPENED"}));
  CHECK(json.at("report").as_string() == report_id(1));
  CHECK(json.at("stage") == "OPENED");
}

TEST_CASE("the broker's word and its clock are kept") {
  const InboxScene scene;
  scene.make();
  LaneStates states(scene.folder().open(Durable::in_time));
  states.link(Lane::urgent, true, Micros{1});
  CHECK_FALSE(states.all({Lane::urgent})[0].promised);
  CHECK_FALSE(states.all({Lane::urgent})[0].clock_offset);
  v1::Completeness word;
  word.set_upto(7);
  word.set_count(3);
  states.promised(Lane::urgent, tlog::sign_completeness(wire::make_signing_key(), word));
  states.heard(Lane::urgent, Seq{7}, Seq{7}, -1500, Micros{2});
  states.heard(Lane::urgent, Seq{7}, Seq{7}, std::nullopt, Micros{3});
  const LaneState state = states.all({Lane::urgent})[0];
  REQUIRE(state.promised);
  CHECK(state.promised->upto() == 7);
  CHECK(state.clock_offset == -1500);
}

}  // namespace noroshi::subscriber
