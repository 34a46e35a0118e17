// What is printed about each report: the JSON is a contract.
#include "publisher/results.h"

#include <iostream>
#include <sstream>

#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::publisher;

v1::Accepted accepted(std::uint64_t seq, bool duplicate) {
  v1::Accepted out;
  out.set_number(1);
  out.set_report_id("id-" + std::to_string(seq));
  out.set_seq(seq);
  out.set_leaf_index(seq - 1);
  out.set_lane(v1::URGENT);
  out.set_recorded_at_us(1780306200123456);
  out.set_duplicate(duplicate);
  out.set_topic("C.it-failure.sector");
  return out;
}

const publisher::Subject kSubject{"f.json[0]", "C.it-failure", {{"ja", "題"}, {"en", "title"}}, false};

// Signed, and kept in a file should it be rejected.
const publisher::Subject kKept{"f.json", "C.it-failure", {{"ja", "題"}}, false, "id-9", "box/rejected/x"};

TEST_CASE("JSON of each outcome") {
  CHECK(outcome_json(accepted(7, false), kSubject) ==
        R"({"result":"accepted","id":"id-7","seq":7,"leafIndex":6,"lane":"urgent","topic":"C.it-failure.sector",)"
        R"("recordedAt":"2026-06-01T09:30:00.123456Z","duplicate":false})");
  CHECK(outcome_json(Rejection{Reason::tlp_missing, "tlp", "say \"which\""}, kSubject) ==
        R"({"result":"rejected","reason":"tlp_missing","field":"tlp","detail":"say \"which\""})");
  CHECK(
      outcome_json(Rejection{Reason::key_unknown, "", "why"}, kKept) ==
      R"({"result":"rejected","reason":"key_unknown","field":"","detail":"why","id":"id-9","file":"box/rejected/x"})");
  CHECK(outcome_json(Unsent{"id-1", "why"}, kSubject) == R"({"result":"unsent","id":"id-1","detail":"why"})");
  CHECK(outcome_json(Valid{Lane::batched}, kSubject) == R"({"result":"valid","item":"C.it-failure","lane":"batched"})");
}

TEST_CASE("text of each outcome, in both languages") {
  cli::Common ja;
  ja.language = cli::Language::ja;
  const cli::Common en;
  CHECK(outcome_text(ja, accepted(7, false), kSubject) == "受理       #7  緊急  C.it-failure.sector  題");
  CHECK(outcome_text(ja, accepted(7, true), kSubject) == "受理済み   #7  緊急  C.it-failure.sector  題");
  CHECK(outcome_text(en, accepted(7, true), kSubject) == "duplicate  #7  urgent  C.it-failure.sector  title");
  CHECK(outcome_text(en, Rejection{Reason::expired, "expiresAt", "too late"}, kSubject) ==
        "rejected   f.json[0]: expired expiresAt: too late");
  CHECK(outcome_text(en, Rejection{Reason::expired, "", "too late"}, kKept) ==
        "rejected   f.json: expired: too late; kept in box/rejected/x");
  CHECK(outcome_text(en, Rejection{Reason::malformed, "", "f.json[0]: not JSON\x1b"}, kSubject) ==
        "rejected   f.json[0]: malformed: not JSON\uFFFD");
  CHECK(outcome_text(ja, Rejection{Reason::unknown_item, "item", "f.json[0]: no item \"X\""}, kSubject) ==
        "拒否       f.json[0]: unknown_item item: マトリックスにない項目です。noroshi-publisher items "
        "で項目を確認してください "
        "(no item \"X\")");
  CHECK(outcome_text(ja, Rejection{Reason::shutting_down, "", "the broker is stopping"}, kSubject) ==
        "拒否       f.json[0]: shutting_down: ブローカーは停止処理中です。しばらく待って、もう一度送ってください");
  CHECK(outcome_text(ja, Unsent{"id", "届かない"}, kSubject) == "未送信     f.json[0]: 題: 届かない");
}

TEST_CASE("of several reports each line begins with its place") {
  const cli::Common en;
  publisher::Subject subject = kSubject;
  subject.one_of_several = true;
  CHECK(outcome_text(en, accepted(7, false), subject) ==
        "accepted   f.json[0]: #7  urgent  C.it-failure.sector  title");
  CHECK(outcome_text(en, Valid{Lane::batched}, subject) == "valid      f.json[0]: C.it-failure  batched  title");
  CHECK(outcome_text(en, Rejection{Reason::expired, "expiresAt", "too late"}, subject) ==
        outcome_text(en, Rejection{Reason::expired, "expiresAt", "too late"}, kSubject));
}

TEST_CASE("the last line counts the files that could not be read too") {
  const cli::Common en;
  std::ostringstream text;
  std::streambuf* const old = std::cout.rdbuf(text.rdbuf());
  Results results(en, {kSubject});
  results.set(0, accepted(1, false));
  results.summary(2);
  std::cout.rdbuf(old);
  CHECK(text.str().ends_with("total 3: accepted 1, unreadable files 2\n"));
}

TEST_CASE("results come in the order of the input, as soon as those before are known") {
  cli::Common common;
  common.json = true;
  std::ostringstream text;
  std::streambuf* const old = std::cout.rdbuf(text.rdbuf());
  Results results(common, {kSubject, kSubject, kSubject});
  const auto lines = [&] {
    const std::string all = text.str();
    return std::count(all.begin(), all.end(), '\n');
  };
  results.set(2, accepted(3, false));
  CHECK(lines() == 0);
  results.set(0, Rejection{});
  CHECK(lines() == 1);
  results.set(1, accepted(2, false));
  CHECK(lines() == 3);
  CHECK(text.str().find("id-2") < text.str().find("id-3"));
  results.summary(1);  // for people only
  CHECK(lines() == 3);
  std::cout.rdbuf(old);
}

}  // namespace
