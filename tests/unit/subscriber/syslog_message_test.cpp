#include "subscriber/syslog_message.h"

#include "tests/support/catch.h"
#include "tests/unit/subscriber/sink_promises.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

const SyslogOrigin kOrigin{16, "gw.example.jp", "17"};

SyslogParts parts_of(const Parcel& parcel, std::size_t most = 8192, Language language = Language::ja,
                     const SyslogOrigin& origin = kOrigin, Micros now = Micros{1}) {
  const std::string message = syslog_message(speaking(language), shipped_matrix(), origin, parcel, most, now);
  CHECK(message.size() <= most);
  const auto parts = parse_syslog(message);
  INFO(message);
  REQUIRE(parts);
  return *parts;
}

bool whole_characters(const std::string& text) {
  std::size_t more = 0;
  for (const char each : text) {
    const auto c = static_cast<unsigned char>(each);
    const bool follows = (c & 0xC0) == 0x80;
    if (follows != (more > 0)) return false;
    more = follows ? more - 1 : c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
  }
  return more == 0;
}

}  // namespace

TEST_CASE("a report as RFC 5424 has it") {
  Parcel parcel = parcel_saying("配水");
  parcel.reading->report.set_tlp("AMBER");
  parcel.reading->report.set_organization("metro-water");
  const SyslogParts parts = parts_of(parcel);
  CHECK(parts.priority == 16 * 8 + 1);
  CHECK(parts.host == "gw.example.jp");
  CHECK(parts.program == "noroshi-subscriber");
  CHECK(parts.process == "17");
  CHECK(parts.kind == "C.disaster");
  CHECK(parts.data.at("id") == parcel.reading->report.id());
  CHECK(parts.data.at("item") == "C.disaster");
  CHECK(parts.data.at("tlp") == "AMBER");
  CHECK(parts.data.at("status") == "ACTUAL");
  CHECK(parts.data.at("lane") == "urgent");
  CHECK(parts.data.at("seq") == "7");
  CHECK(parts.data.at("publisher") == "metro-water");
  CHECK(parts.data.at("signature") == "valid");
  CHECK(parts.text.starts_with("配水  ["));
  CHECK(parts.text.ends_with("metro-water  TLP:AMBER  #7"));
}

TEST_CASE("what withdraws or corrects a report does not pass for a second alarm") {
  for (const auto& [relation, mark] :
       {std::pair{v1::RelatesTo::CANCEL, "【取消の報告】"}, std::pair{v1::RelatesTo::CORRECTION, "【訂正の報告】"},
        std::pair{v1::RelatesTo::UPDATE, "【続報】"}, std::pair{v1::RelatesTo::COMMENT, ""}}) {
    Parcel parcel = parcel_saying("配水");
    parcel.reading->report.mutable_relates_to()->set_relation(relation);
    parcel.reading->report.mutable_relates_to()->set_report_id("01890a5d-ac96-774b-bcce-000000000009");
    const SyslogParts parts = parts_of(parcel);
    CHECK(parts.text.find(mark + std::string("配水")) != std::string::npos);
    CHECK(parts.data.at("relation") == v1::RelatesTo::Relation_Name(relation));
    CHECK(parts.data.at("relatesTo") == "01890a5d-ac96-774b-bcce-000000000009");
  }
}

TEST_CASE("what has expired or was withdrawn says so first") {
  Parcel parcel = parcel_saying("配水");
  parcel.reading->report.mutable_expires_at()->set_seconds(1000);
  const auto text_at = [&](Micros now) { return parts_of(parcel, 8192, Language::ja, kOrigin, now).text; };
  CHECK(text_at(Micros{999'999'999}).starts_with("配水  ["));
  CHECK(text_at(Micros{1'000'000'000}).starts_with("【期限切れ】配水  ["));
  parcel.reading->withdrawn = Withdrawal{"01890a5d-ac96-774b-bcce-000000000009", Relation::cancel};
  CHECK(text_at(Micros{1}).starts_with("【取消】配水  ["));
}

TEST_CASE("severity goes by the item; a drill is a notice and says so first") {
  const auto severity = [](const std::string& item, v1::Report::Status status = v1::Report::ACTUAL) {
    return parts_of(parcel_saying("題", status, item)).priority % 8;
  };
  CHECK(severity("C.disaster") == 1);
  CHECK(severity("B.c.precursor") == 2);
  CHECK(severity("B.b.threat-trends") == 4);
  CHECK(severity("B.a.statistics") == 5);
  CHECK(severity("A.near-miss") == 5);
  CHECK(severity("Z.new") == 4);
  CHECK(severity("C.disaster", v1::Report::EXERCISE) == 5);
  CHECK(severity("C.disaster", v1::Report::TEST) == 5);
  CHECK(parts_of(parcel_saying("題", v1::Report::EXERCISE)).text.starts_with("【訓練】題"));
  CHECK(parts_of(parcel_saying("題", v1::Report::TEST)).text.starts_with("【試験】題"));
  CHECK(parts_of(parcel_saying("題", v1::Report::EXERCISE), 8192, Language::en).text.starts_with("【EXERCISE】題"));
}

TEST_CASE("what is too long is cut between two characters, at every length") {
  std::string title;
  for (int n = 0; n < 60; ++n) title += "漢é𝄞a";
  const Parcel parcel = parcel_saying(title);
  for (std::size_t most = 1200; most < 1240; ++most) {
    const SyslogParts parts = parts_of(parcel, most);
    CHECK(whole_characters(parts.text));
    CHECK(parts.text.ends_with("…"));
    for (const auto& [name, value] : parts.data) CHECK(whole_characters(value));
  }
}

TEST_CASE("the fields keep to their lengths and characters, whatever is put into them") {
  Parcel parcel = parcel_saying("一\n二\t三\x1b[2J", v1::Report::ACTUAL, "Z." + std::string(300, 'x') + " 項目");
  const SyslogParts parts = parts_of(parcel, 8192, Language::ja, {23, "ホスト 名\n", ""});
  CHECK(parts.process == "-");
  CHECK(parts.text.find('\n') == std::string::npos);
  CHECK(parts.text.find('\x1b') == std::string::npos);
  CHECK(parts_of(parcel, 8192, Language::ja, {16, "", "1"}).host == "-");
}

TEST_CASE("a word of the link") {
  const SyslogParts lost = parts_of(Parcel{1, "{}", {}, {"link_lost", Lane::batched, Micros{1}}});
  CHECK(lost.priority % 8 == 3);
  CHECK(lost.kind == "link_lost");
  CHECK(lost.data.at("lane") == "batched");
  CHECK(lost.text.find("切れました") != std::string::npos);
  CHECK(parts_of(Parcel{1, "{}", {}, {"link_back", Lane::urgent, Micros{1}}}).priority % 8 == 5);
}

TEST_CASE("what is overdue is an error; of a drill it is a notice and says so first") {
  Parcel parcel{1, "{}", {}, {"overdue", Lane::urgent, Micros{1}, "id-1", "OPENED"}};
  CHECK(parts_of(parcel).priority % 8 == 3);
  CHECK(parts_of(parcel).data.at("status") == "ACTUAL");
  CHECK(parts_of(parcel).text.starts_with("確認"));
  parcel.link.status = Status::exercise;
  CHECK(parts_of(parcel).priority % 8 == 5);
  CHECK(parts_of(parcel).data.at("status") == "EXERCISE");
  CHECK(parts_of(parcel).text.starts_with("【訓練】"));
  CHECK(parts_of(parcel, 8192, Language::en).text.starts_with("【EXERCISE】"));
  parcel.link.status = Status::test;
  CHECK(parts_of(parcel).text.starts_with("【試験】"));
}

TEST_CASE("an alarm about the log is critical, and says where the evidence is") {
  Parcel parcel{1, "{}", {}, {"log_forked", Lane::batched, Micros{1}}};
  parcel.link.fork = Fork{Breach::rewound, "known", "shown", Micros{1}, "/inbox/log-forked-1.json"};
  const SyslogParts alarm = parts_of(parcel);
  CHECK(alarm.priority % 8 == 2);
  CHECK(alarm.kind == "log_forked");
  CHECK(alarm.data.at("breach") == "rewound");
  CHECK(alarm.data.at("evidence") == "/inbox/log-forked-1.json");
}

}  // namespace noroshi::test
