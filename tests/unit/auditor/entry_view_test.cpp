#include "auditor/entry_view.h"

#include "auditor/replay_options.h"
#include "proto/tlog/entry_leaf.h"
#include "schemas/matrix_loader.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/fake_broker.h"

namespace noroshi::auditor {

namespace {

using test::Author;

const Matrix& matrix() {
  static const Matrix loaded = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return loaded;
}

ReplayEntry entry(EntryKind kind, const Bytes& body) {
  ReplayEntry out;
  out.entry = wire::from_wire(test::entry_of(7, kind, body, 1'780'000'000'000'000));
  return out;
}

std::string leaf(const ReplayEntry& e) { return wire::to_hex(tlog::leaf_hash(e.entry)); }

}  // namespace

TEST_CASE("json of an entry") {
  const std::string head = R"({"seq":7,"recordedAt":"2026-05-28T20:26:40.000000Z",)";
  SECTION("a posture change") {
    v1::PostureChange change;
    change.set_posture("heightened");
    change.set_reason("国際会議");
    const auto e = entry(EntryKind::posture, change.SerializeAsString());
    CHECK(entry_json(e, false) ==
          head + R"("kind":"posture","posture":"heightened","reason":"国際会議","leafHash":")" + leaf(e) + "\"}");
  }
  SECTION("a digest release") {
    v1::DigestRelease release;
    release.set_upto(6);
    release.set_count(3);
    release.set_cause("interval");
    const auto e = entry(EntryKind::digest, release.SerializeAsString());
    CHECK(entry_json(e, false) ==
          head + R"("kind":"digest","upto":6,"count":3,"cause":"interval","leafHash":")" + leaf(e) + "\"}");
  }
  SECTION("a redacted report has a leaf and nothing else, bytes asked for or not") {
    auto e = entry(EntryKind::report, "secret");
    e.redacted = true;
    e.entry.body.clear();
    for (const bool bytes : {false, true})
      CHECK(entry_json(e, bytes) == head + R"("kind":"report","redacted":true,"leafHash":")" + leaf(e) + "\"}");
  }
  SECTION("a receipt") {
    auto e = entry(EntryKind::receipt, "");
    e.receipt.set_organization("bank-a");
    e.receipt.set_stage(v1::Receipt::RESPONDED);
    e.receipt.add_report_ids("r1");
    e.receipt.set_answer(v1::Receipt::HANDLED);
    e.receipt.set_note("済");
    CHECK(entry_json(e, false) ==
          head +
              R"("kind":"receipt","signature":"valid","organization":"bank-a","stage":"RESPONDED","reports":["r1"],)" +
              R"("answer":"HANDLED","note":"済","at":"1970-01-01T00:00:00.000000Z","leafHash":")" + leaf(e) + "\"}");
  }
  SECTION("that an auditor has read") {
    v1::Access access;
    access.set_organization("kansa");
    access.set_what("verify");
    access.set_from(1);
    access.set_to(6);
    access.add_topics("C");
    access.add_kinds("report");
    access.set_from_time_us(1'780'000'000'000'000);
    const auto e = entry(EntryKind::access, access.SerializeAsString());
    CHECK(
        entry_json(e, false) ==
        head + R"("kind":"access","organization":"kansa","purpose":"verify","from":1,"to":6,)" +
            R"("fromTime":"2026-05-28T20:26:40.000000Z","topics":["C"],"statuses":[],"kinds":["report"],"leafHash":")" +
            leaf(e) + "\"}");
    cli::Common common;
    common.language = cli::Language::ja;
    const std::string text = entry_text(common, matrix(), e);
    CHECK(text.find("監査アクセス  kansa  検証  #1–#6") != std::string::npos);
    CHECK(text.find("項目: C") != std::string::npos);
  }
  SECTION("bytes as stored") {
    const auto e = entry(EntryKind::access, "\x01\x02");
    const std::string salt = wire::to_base64(std::string(e.entry.salt.begin(), e.entry.salt.end()));
    CHECK(entry_json(e, true) ==
          head + R"("kind":"access","salt":")" + salt + R"(","body":"AQI=","leafHash":")" + leaf(e) + "\"}");
  }
  SECTION("a report is the object of watch with the leaf hash") {
    const Author bank{"bank-a"};
    const auto signed_report = bank.sign("障害");
    auto e = entry(EntryKind::report, signed_report.SerializeAsString());
    e.report.ParseFromString(signed_report.report());
    const std::string json = entry_json(e, false);
    CHECK(
        json.rfind(
            head +
                R"("lane":"urgent","topic":"C.it-failure.sector","publisher":"bank-a","signature":"valid","report":{)",
            0) == 0);
    CHECK(json.find(R"(,"leafHash":")" + leaf(e) + "\"}") != std::string::npos);
  }
}

TEST_CASE("text of entries that are no reports is one line, whatever is in them") {
  const wire::SigningKey registrar = wire::make_signing_key();
  Author rude{"bank-a\n\x1b[2J"};
  auto member = entry(EntryKind::member, wire::sign_member(registrar, rude.member()).SerializeAsString());
  cli::Common common;
  common.language = cli::Language::ja;
  std::string text = entry_text(common, matrix(), member);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("登録") != std::string::npos);
  member.signature = client::Check::invalid;
  CHECK(entry_text(common, matrix(), member).find("登録機関の署名ではありません") != std::string::npos);
  for (const EntryKind kind : {EntryKind::member, EntryKind::posture, EntryKind::digest, EntryKind::receipt})
    CHECK(entry_text(common, matrix(), entry(kind, "\xff\xff")).back() == '\n');
}

TEST_CASE("the order that a command line means") {
  cli::Common common;
  ReplayOptions options;
  SECTION("nothing given: reports of the whole log") {
    const auto order = order_of(common, options, matrix());
    CHECK(order.from == Seq{});
    CHECK(order.to == Seq{});
    CHECK(order.kinds.empty());
  }
  SECTION("sequence and time") {
    options.from = "12";
    options.to = "2026-06-01T09:00:00+09:00";
    options.kinds = {"member", "report"};
    options.statuses = {"EXERCISE"};
    const auto order = order_of(common, options, matrix());
    CHECK(order.from == Seq{12});
    CHECK(order.to_time == *cli::parse_time("2026-06-01T00:00:00Z"));
    CHECK(order.kinds == std::vector{v1::LogEntry::REPORT, v1::LogEntry::MEMBER});
    CHECK(order.statuses == std::vector{v1::Report::EXERCISE});
  }
  SECTION("all kinds") {
    options.kinds = {"all"};
    CHECK(order_of(common, options, matrix()).kinds.size() == kEntryKinds.size());
  }
  SECTION("usage errors") {
    for (const auto& [from, to] :
         std::vector<std::pair<const char*, const char*>>{{"0", ""},
                                                          {"-1", ""},
                                                          {"soon", ""},
                                                          {"", "2026-13-01T00:00:00Z"},
                                                          {"9", "3"},
                                                          {"1x", ""},
                                                          {"2026-06-02T00:00:00Z", "2026-06-01T00:00:00Z"}}) {
      INFO(from << " to " << to);
      options.from = from;
      options.to = to;
      CHECK_THROWS_AS(order_of(common, options, matrix()), cli::Failure);
    }
    options.from = options.to = "";
    options.topics = {"C.it-failur"};
    CHECK_THROWS_AS(order_of(common, options, matrix()), cli::Failure);
  }
}

}  // namespace noroshi::auditor
