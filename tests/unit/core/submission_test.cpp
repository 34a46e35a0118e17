// One row per reason for which the core rejects a report, and rows that must pass.
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "proto/types/limits.h"
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

struct Draft {
  Report report;
  Member author = cast::hatsuden();
  bool known_key = true;
  bool valid_signature = true;
  bool stopping = false;
};

struct Row {
  std::string what;
  std::function<void(Draft&)> change;
  std::optional<Reason> reason;  // nullopt: accepted
  std::string field;
};

constexpr std::int64_t kSkew = limits::kClockSkewSeconds * kMicrosPerSecond;

const std::vector<Row> kRows{
    // What report_check finds reaches the sender; its own test has every row.
    {"too large", [](Draft& d) { d.report.size = limits::kReportBytes + 1; }, Reason::too_large, ""},
    {"no UUIDv7", [](Draft& d) { d.report.id = ReportId{"r1"}; }, Reason::malformed, "id"},
    {"an item the matrix has not", [](Draft& d) { d.report.item = "C.flood"; }, Reason::unknown_item, "item"},
    {"a source the matrix has not", [](Draft& d) { d.report.source = "press"; }, Reason::source_mismatch, "source"},
    {"no status", [](Draft& d) { d.report.status.reset(); }, Reason::missing_field, "status"},
    {"no title", [](Draft& d) { d.report.title.clear(); }, Reason::title_missing, "title"},
    {"no label", [](Draft& d) { d.report.tlp = ""; }, Reason::tlp_missing, "tlp"},
    {"no label of TLP 2.0", [](Draft& d) { d.report.tlp = "WHITE"; }, Reason::tlp_invalid, "tlp"},
    {"AMBER to nobody", [](Draft& d) { d.report.tlp = "AMBER"; }, Reason::audience_required, "audience"},
    {"RED to a sector",
     [](Draft& d) {
       d.report = labelled(d.report, "RED", {{"gas"}, {}, {}});
     },
     Reason::audience_required, "audience.organizations"},
    {"unknown tier", [](Draft& d) { d.report.audience.tiers = {"press"}; }, Reason::audience_unknown,
     "audience.tiers[0]"},
    {"unknown field", [](Draft& d) { d.report.sections[0].field = "weather"; }, Reason::unknown_field,
     "sections[0].field"},
    {"no sections", [](Draft& d) { d.report.sections.clear(); }, Reason::missing_field, "sections"},
    {"relation without a kind", [](Draft& d) { d.report.relation_given_without_kind = true; }, Reason::relation_unknown,
     "relatesTo.relation"},
    // Who it is from.
    {"in the name of another", [](Draft& d) { d.report.organization = "bank"; }, Reason::organization_mismatch,
     "organization"},
    {"as another source group", [](Draft& d) { d.report.source = "nisc-ciip"; }, Reason::source_mismatch, "source"},
    {"no publisher", [](Draft& d) { d.author.publish.clear(); }, Reason::not_permitted, "item"},
    {"a publisher of other items",
     [](Draft& d) {
       d.author.publish = {"A", "C.it"};
     },
     Reason::not_permitted, "item"},
    {"a publisher of another source's", [](Draft& d) { d.author.publish = {"C.it-failure.nisc-ciip"}; },
     Reason::not_permitted, "item"},
    {"unknown key", [](Draft& d) { d.known_key = false; }, Reason::key_unknown, ""},
    {"wrong signature", [](Draft& d) { d.valid_signature = false; }, Reason::signature_invalid, ""},
    // The moment.
    {"issued in the future", [](Draft& d) { d.report.issued_at = kStart + (kSkew + 1); }, Reason::clock_skew,
     "issuedAt"},
    {"expired now", [](Draft& d) { d.report.expires_at = kStart; }, Reason::expired, "expiresAt"},
    {"unknown sector",
     [](Draft& d) {
       d.report.audience.sectors = {"gas", "Gas"};
     },
     Reason::audience_unknown, "audience.sectors[1]"},
    {"unknown organisation", [](Draft& d) { d.report.audience.organizations = {"nobody"}; }, Reason::audience_unknown,
     "audience.organizations[0]"},
    {"relation to nothing", [](Draft& d) { d.report = relating(d.report, Relation::update, "none"); },
     Reason::relation_unknown, "relatesTo.reportId"},
    {"relation to itself", [](Draft& d) { d.report = relating(d.report, Relation::update, "r1"); },
     Reason::relation_unknown, "relatesTo.reportId"},
    {"the broker is stopping", [](Draft& d) { d.stopping = true; }, Reason::shutting_down, ""},
    // Earlier rules come first: a sender learns of one thing at a time, and of its own faults before others'.
    {"label before author", [](Draft& d) { d.report.tlp = "", d.report.organization = "bank"; }, Reason::tlp_missing,
     "tlp"},
    {"author before signature", [](Draft& d) { d.report.organization = "bank", d.known_key = false; },
     Reason::organization_mismatch, "organization"},
    {"signature before the moment", [](Draft& d) { d.valid_signature = false, d.report.expires_at = kStart; },
     Reason::signature_invalid, ""},
    // Accepted.
    {"nothing wrong", [](Draft&) {}, std::nullopt, ""},
    {"just within the skew", [](Draft& d) { d.report.issued_at = kStart + kSkew; }, std::nullopt, ""},
    {"issued long ago", [](Draft& d) { d.report.issued_at = Micros{0}; }, std::nullopt, ""},
    {"not yet expired", [](Draft& d) { d.report.expires_at = kStart + 1; }, std::nullopt, ""},
    {"by an item's right", [](Draft& d) { d.author.publish = {"C.it-failure"}; }, std::nullopt, ""},
    {"by a topic's right",
     [](Draft& d) {
       d.author.publish = {"A", "C.it-failure.sector"};
     },
     std::nullopt, ""},
    {"a drill by the item's right", [](Draft& d) { d.author.publish = {"C"}, d.report.status = Status::exercise; },
     std::nullopt, ""},
    {"RED to a named organisation",
     [](Draft& d) {
       d.report = labelled(d.report, "RED", {{}, {}, {"hatsuden"}});
     },
     std::nullopt, ""},
    {"AMBER to a sector and a tier",
     [](Draft& d) {
       d.report = labelled(d.report, "AMBER", {{"gas"}, {"operator"}, {}});
     },
     std::nullopt, ""},
};

}  // namespace

TEST_CASE("every rule of a submission") {
  for (const Row& row : kRows) {
    INFO(row.what);
    Draft draft;
    draft.report = report_of("r1", cast::hatsuden());
    row.change(draft);
    World world;
    world.enrol(draft.author);
    world.step(world.hello("hatsuden", Door::urgent));
    if (draft.stopping) world.step(core::Shutdown{});
    core::Submit submit = world.submission(draft.report);
    submit.peer = world.peer("hatsuden", Door::urgent);
    if (!draft.known_key) submit.signed_by.reset();
    submit.signature_valid = draft.valid_signature;

    core::Outcome outcome = world.step(submit);
    join(outcome, world.settle());
    const auto accepted = sent<core::Accepted>(outcome, submit.peer.id);
    const auto rejected = sent<core::Rejected>(outcome, submit.peer.id);
    if (!row.reason) {
      REQUIRE(accepted.size() == 1);
      CHECK(rejected.empty());
      CHECK(accepted[0].number == submit.number);
      CHECK(accepted[0].report == draft.report.id);
      CHECK_FALSE(accepted[0].duplicate);
      CHECK(world.stored(draft.report.id));
      continue;
    }
    REQUIRE(rejected.size() == 1);
    CHECK(accepted.empty());
    CHECK(name_of(rejected[0].why.reason) == name_of(*row.reason));
    CHECK(rejected[0].why.field == row.field);
    CHECK_FALSE(rejected[0].why.detail.empty());
    CHECK(rejected[0].number == submit.number);
    CHECK(rejected[0].report == draft.report.id);
    CHECK_FALSE(world.stored(draft.report.id));
    CHECK(world.broker().stats().rejected.at(*row.reason) == 1);
  }
}

TEST_CASE("what the decoder rejected is handed on as it is") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(world.hello("hatsuden", Door::urgent));
  core::Submit submit = world.submission(report_of("r1", cast::hatsuden()));
  const Rejection why{Reason::malformed, "audience", "twice"};
  submit.decoded = why;
  const auto rejected = sent<core::Rejected>(world.step(submit), submit.peer.id);
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].why == why);
  CHECK(rejected[0].report == ReportId{});
}

TEST_CASE("a submission needs a session, the session's right and a lane") {
  World world;
  world.enrol(cast::hatsuden());
  const Report report = report_of("r1", cast::hatsuden());
  const PeerId urgent = world.peer("hatsuden", Door::urgent).id;
  CHECK(sent<core::HelloRequired>(world.submit(report), urgent).size() == 1);

  world.step(world.hello("hatsuden", Door::archive));
  const PeerId archive = world.peer("hatsuden", Door::archive).id;
  const auto wrong_door = sent<core::Refused>(world.submit(report, Door::archive), archive);
  REQUIRE(wrong_door.size() == 1);
  CHECK(wrong_door[0].reason == Reason::unexpected_message);

  Member until_noon = cast::bank();
  until_noon.valid_until = kStart + 60 * kMicrosPerSecond;
  world.enrol(until_noon);
  world.step(world.hello("bank", Door::urgent));
  const core::Submit late = world.submission(report_of("r2", cast::bank()));
  const auto refused = sent<core::Refused>(world.after(60, late), late.peer.id);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].reason == Reason::revoked);
  CHECK(sent<core::HelloRequired>(world.step(late), late.peer.id).size() == 1);
  CHECK(world.broker().idle());
}

TEST_CASE("accepted says where the report is and under which topic") {
  World world;
  world.enrol(cast::hatsuden());
  world.step(world.hello("hatsuden", Door::batched));
  const PeerId peer = world.peer("hatsuden", Door::batched).id;
  world.submit(report_of("r1", cast::hatsuden()), Door::batched);  // the item decides the lane, not the door
  Report drill = report_of("r2", cast::hatsuden(), "A.near-miss");
  drill.status = Status::test;
  world.submit(drill, Door::batched);
  const auto accepted = sent<core::Accepted>(world.settle(), peer);
  REQUIRE(accepted.size() == 2);
  CHECK(accepted[0].lane == Lane::urgent);
  CHECK(accepted[0].topic == "C.it-failure.sector");
  CHECK(accepted[0].seq == Seq{2});
  CHECK(accepted[0].recorded_at == kStart);
  CHECK(accepted[1].lane == Lane::batched);
  CHECK(accepted[1].topic == "test.A.near-miss.sector");
  CHECK(accepted[1].seq == Seq{3});
}

TEST_CASE("a lane's backlog is bounded whichever door its reports come through") {
  World world;
  world.enrol(cast::hatsuden());
  for (const Door door : {Door::urgent, Door::batched}) world.step(world.hello("hatsuden", door));
  const auto fill = [&](Door door, const std::string& item) {
    core::Outcome all;
    for (std::size_t i = 0; i <= limits::kLaneBacklog; ++i)
      join(all, world.submit(report_of("r" + std::to_string(i), cast::hatsuden(), item), door, 10));
    return sent<core::Rejected>(all, world.peer("hatsuden", door).id);
  };
  std::vector<core::Rejected> rejected;
  SECTION("batched reports at the urgent door") {
    rejected = fill(Door::urgent, "A.near-miss");
    CHECK(world.broker().backlog(Lane::batched) == limits::kLaneBacklog);
  }
  SECTION("urgent reports at the batched door") {
    rejected = fill(Door::batched, "C.it-failure");
    CHECK(world.broker().backlog(Lane::urgent) == limits::kLaneBacklog);
  }
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].why.reason == Reason::rate_limited);
}
