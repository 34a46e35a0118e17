// Who may receive what: labels x audiences x members.
#include "broker/core/entitlement.h"

#include <map>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::entitled;

const Audience kNobody{};
const Audience kElectricity{{"electricity"}, {}, {}};
const Audience kElectricityOrGas{{"electricity", "gas"}, {}, {}};
const Audience kOperators{{}, {"operator"}, {}};
const Audience kElectricityOperators{{"electricity"}, {"operator"}, {}};
const Audience kHubsAndMinistries{{}, {"ceptoar", "ministry"}, {}};
const Audience kBankByName{{}, {}, {"bank"}};
const Audience kElectricityOperatorsAndBank{{"electricity"}, {"operator"}, {"bank"}};

// The author is hatsuden (operator, electricity), which therefore is in every row.
struct Row {
  std::string tlp;
  std::string what;
  Audience audience;
  std::vector<std::string> readers;
};

const std::vector<std::string> kEveryone{"bank",     "denryoku", "fukugo", "gas-gaisha",
                                         "hatsuden", "meti",     "nisc",   "vendor"};

const std::vector<Row> kRows{
    {"CLEAR", "no audience", kNobody, kEveryone},
    {"GREEN", "no audience", kNobody, kEveryone},
    {"AMBER", "no audience", kNobody, {"hatsuden"}},
    {"AMBER+STRICT", "no audience", kNobody, {"hatsuden"}},
    {"RED", "no audience", kNobody, {"hatsuden"}},
    {"CLEAR", "a sector", kElectricity, {"denryoku", "fukugo", "hatsuden", "meti"}},
    {"GREEN", "a sector", kElectricity, {"denryoku", "fukugo", "hatsuden", "meti"}},
    {"AMBER", "a sector", kElectricity, {"denryoku", "fukugo", "hatsuden", "meti"}},
    {"AMBER+STRICT", "a sector", kElectricity, {"denryoku", "fukugo", "hatsuden", "meti"}},
    {"RED", "a sector", kElectricity, {"hatsuden"}},
    {"AMBER", "two sectors", kElectricityOrGas, {"denryoku", "fukugo", "gas-gaisha", "hatsuden", "meti"}},
    {"AMBER", "a tier", kOperators, {"bank", "fukugo", "gas-gaisha", "hatsuden"}},
    {"GREEN", "a tier", kOperators, {"bank", "fukugo", "gas-gaisha", "hatsuden"}},
    {"RED", "a tier", kOperators, {"hatsuden"}},
    {"AMBER", "a sector and a tier", kElectricityOperators, {"fukugo", "hatsuden"}},
    {"AMBER", "two tiers", kHubsAndMinistries, {"denryoku", "hatsuden", "meti"}},
    {"AMBER", "a name", kBankByName, {"bank", "hatsuden"}},
    {"CLEAR", "a name", kBankByName, {"bank", "hatsuden"}},
    {"RED", "a name", kBankByName, {"bank", "hatsuden"}},
    {"AMBER", "a name or the rest", kElectricityOperatorsAndBank, {"bank", "fukugo", "hatsuden"}},
    {"RED", "a name or the rest", kElectricityOperatorsAndBank, {"bank", "hatsuden"}},
    {"", "no label", kNobody, {}},
    {"green", "no label that counts", kNobody, {}},
};

std::vector<Member> everyone() {
  return {cast::bank(),     cast::denryoku(), cast::fukugo(), cast::gas_gaisha(),
          cast::hatsuden(), cast::meti(),     cast::nisc(),   cast::vendor()};
}

Report report_for(const std::string& tlp, const Audience& audience) {
  return labelled(report_of("r1", cast::hatsuden()), tlp, audience);
}

}  // namespace

TEST_CASE("what reaches as far as another report is for everyone who may ever be entitled to that one") {
  std::vector<Member> all = everyone();
  for (const auto& [tlp, name] : kTlps) {
    Member auditor = cast::vendor();
    auditor.audit_clearance = tlp;
    all.push_back(auditor);
  }
  std::size_t wider = 0;
  for (const Row& a : kRows)
    for (const Row& b : kRows) {
      const Report report = report_for(a.tlp, a.audience), other = report_for(b.tlp, b.audience);
      INFO(a.tlp << " " << a.what << " for " << b.tlp << " " << b.what);
      if (&a == &b) CHECK(reaches_as_far(report, other) == other.label().has_value());
      if (!reaches_as_far(report, other)) continue;
      wider += &a != &b;
      for (const Member& member : all)
        CHECK((!entitled(member, other, member.valid_from) || entitled(member, report, member.valid_from)));
      CHECK((!entitled_public(other) || entitled_public(report)));
    }
  CHECK(wider > 20);
  // Whoever is enrolled now: a narrower one is narrower, even if that leaves out nobody yet.
  CHECK_FALSE(reaches_as_far(report_for("GREEN", kHubsAndMinistries), report_for("GREEN", kNobody)));
  Report drill = report_for("CLEAR", kNobody);
  drill.status = Status::exercise;
  CHECK_FALSE(reaches_as_far(drill, report_for("CLEAR", kNobody)));  // the open feed has no drills
  CHECK(reaches_as_far(report_for("GREEN", kElectricityOrGas), report_for("AMBER", kElectricityOperators)));
  CHECK_FALSE(reaches_as_far(report_for("AMBER", kElectricityOperators), report_for("AMBER", kElectricity)));
}

TEST_CASE("labels and audiences decide who reads") {
  for (const Row& row : kRows) {
    INFO(row.tlp << ", " << row.what);
    std::vector<std::string> readers;
    for (const Member& member : everyone())
      if (entitled(member, report_for(row.tlp, row.audience), kStart)) readers.push_back(member.organization);
    CHECK(readers == row.readers);
  }
}

TEST_CASE("deny absorbs: no right survives the end of membership") {
  const std::map<std::string, void (*)(Member&)> ends{
      {"revoked", [](Member& m) { m.revoked = true; }},
      {"expired", [](Member& m) { m.valid_until = kStart; }},
      {"expired long ago", [](Member& m) { m.valid_until = kStart + (-1); }},
      {"not yet valid", [](Member& m) { m.valid_from = kStart + 1; }},
      {"revoked within its validity", [](Member& m) { m.revoked = true, m.valid_until = kStart + 1000; }},
  };
  for (const auto& [what, end] : ends)
    for (const char* tlp : {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}) {
      INFO(what << ", " << tlp);
      const Report report = report_for(tlp, {{"electricity", "finance"}, {}, {"bank", "hatsuden"}});
      for (Member member : {cast::bank(), cast::hatsuden(), cast::auditor(Tlp::red)}) {
        INFO(member.organization);
        CHECK(entitled(member, report, kStart));
        end(member);
        CHECK_FALSE(entitled(member, report, kStart));
      }
    }
}

TEST_CASE("membership is valid from its first microsecond and up to, not including, its last") {
  Member bank = cast::bank();
  bank.valid_from = kStart;
  bank.valid_until = kStart + 10;
  const Report report = report_for("GREEN", kNobody);
  CHECK_FALSE(entitled(bank, report, kStart + (-1)));
  CHECK(entitled(bank, report, kStart));
  CHECK(entitled(bank, report, kStart + 9));
  CHECK_FALSE(entitled(bank, report, kStart + 10));
}

TEST_CASE("auditors read up to their clearance, whoever the audience is") {
  const std::vector<std::pair<Tlp, std::string>> labels{{Tlp::clear, "CLEAR"},
                                                        {Tlp::green, "GREEN"},
                                                        {Tlp::amber, "AMBER"},
                                                        {Tlp::amber_strict, "AMBER+STRICT"},
                                                        {Tlp::red, "RED"}};
  for (const auto& [clearance, clearance_name] : labels)
    for (const auto& [label, label_name] : labels) {
      INFO("cleared for " << clearance_name << ", report " << label_name);
      CHECK(entitled(cast::auditor(clearance), report_for(label_name, kBankByName), kStart) == (label <= clearance));
    }
}

TEST_CASE("an auditor is a member too: above its clearance the audience still counts") {
  Member auditor = cast::auditor(Tlp::green);
  CHECK_FALSE(entitled(auditor, report_for("AMBER", kElectricity), kStart));
  CHECK(entitled(auditor, report_for("AMBER", {{}, {"auditor"}, {}}), kStart));
  CHECK(entitled(auditor, report_for("RED", {{}, {}, {"auditor"}}), kStart));
}

TEST_CASE("the audience of a member without a sector is its tier or its name") {
  CHECK_FALSE(core::in_audience(cast::vendor(), kElectricity));
  CHECK(core::in_audience(cast::vendor(), {{}, {"vendor"}, {}}));
  CHECK_FALSE(core::in_audience(cast::vendor(), {{"electricity"}, {"vendor"}, {}}));
  CHECK(core::in_audience(cast::vendor(), {{"electricity"}, {}, {"vendor"}}));
  CHECK_FALSE(core::in_audience(cast::vendor(), kNobody));
}

TEST_CASE("public is CLEAR, to everyone and live") {
  CHECK(entitled_public(report_for("CLEAR", kNobody)));
  for (const char* tlp : {"GREEN", "AMBER", "AMBER+STRICT", "RED", "", "clear"})
    CHECK_FALSE(entitled_public(report_for(tlp, kNobody)));
  for (const Audience& audience : {kElectricity, kOperators, kBankByName})
    CHECK_FALSE(entitled_public(report_for("CLEAR", audience)));
  for (const Status drill : {Status::exercise, Status::test}) {
    Report report = report_for("CLEAR", kNobody);
    report.status = drill;
    CHECK_FALSE(entitled_public(report));
  }
}

TEST_CASE("only reports are released to members, other entries to auditors alone") {
  Record record;
  record.entry.kind = EntryKind::posture;
  record.content = PostureChange{Posture::heightened, "storm", {}};
  const auto posture = std::make_shared<const Record>(record);
  CHECK_FALSE(core::release_to(cast::nisc(), posture, kStart));
  CHECK_FALSE(core::release_to_public(posture));
  CHECK_FALSE(core::release_to_auditor(cast::nisc(), posture, kStart));
  const auto released = core::release_to_auditor(cast::auditor(Tlp::clear), posture, kStart);
  REQUIRE(released);
  CHECK_FALSE(released->redacted());
}
