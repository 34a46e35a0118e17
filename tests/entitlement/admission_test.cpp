// What lets a report in: one condition broken at a time, and nothing of it in the log. Lists are compared with the rules
// in the words of docs/reasons.md; the small world's labels and audiences are published in paths_test.cpp.
#include <functional>
#include <string>

#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;

struct Row {
  std::string what;
  std::string verdict;
  std::function<void(core::Submit&, Report&)> change;
};

const std::vector<Row> kRows{
    {"nothing", "accepted", [](core::Submit&, Report&) {}},
    {"a bare category that its pattern covers", "accepted", [](core::Submit&, Report& r) { r.item = "B.c.precursor"; }},
    {"another organisation's name", "organization_mismatch",
     [](core::Submit&, Report& r) { r.organization = "gas-gaisha"; }},
    {"another source group", "source_mismatch", [](core::Submit&, Report& r) { r.source = "nisc-ciip"; }},
    {"an item that is not its own", "not_permitted", [](core::Submit&, Report& r) { r.item = "A.near-miss"; }},
    {"a pattern's prefix that is no whole word", "not_permitted",
     [](core::Submit&, Report& r) { r.item = "B.b.threat-trends"; }},
    {"a key that is not enrolled", "key_unknown", [](core::Submit& s, Report&) { s.signed_by.reset(); }},
    {"a signature that does not fit", "signature_invalid", [](core::Submit& s, Report&) { s.signature_valid = false; }},
    {"a sector that does not exist", "audience_unknown",
     [](core::Submit&, Report& r) {
       r.audience.sectors = {"electricity", "moon"};
     }},
    {"an organisation that is not enrolled", "audience_unknown",
     [](core::Submit&, Report& r) {
       r.audience.organizations = {"hatsuden", "nobody"};
     }},
    {"a tier that does not exist", "audience_unknown",
     [](core::Submit&, Report& r) {
       r.audience.tiers = {"operator", "king"};
     }},
    {"issued in 5 minutes", "accepted",
     [](core::Submit&, Report& r) { r.issued_at = kStart + 300 * kMicrosPerSecond; }},
    {"issued in more than 5 minutes", "clock_skew",
     [](core::Submit&, Report& r) { r.issued_at = kStart + 300 * kMicrosPerSecond + 1; }},
    {"expires in a moment", "accepted", [](core::Submit&, Report& r) { r.expires_at = kStart + 1; }},
    {"expires now", "expired", [](core::Submit&, Report& r) { r.expires_at = kStart; }},
    {"no label", "tlp_missing", [](core::Submit&, Report& r) { r.tlp = ""; }},
    {"AMBER to nobody", "audience_required", [](core::Submit&, Report& r) { r.tlp = "AMBER"; }},
    {"RED to a sector", "audience_required",
     [](core::Submit&, Report& r) { r.tlp = "RED", r.audience.sectors = {"electricity"}; }},
};

struct Scene : WatchedWorld {
  Scene() {
    Member author = cast::hatsuden();
    author.publish = {"C", "B.c", "B.b.threat"};
    author.valid_from = kStart;
    Member annotator = cast::meti();
    annotator.annotate = true;
    for (const Member& member : {author, cast::gas_gaisha(), cast::nisc(), annotator}) {
      enrol(member);
      step(world.hello(member.organization, Door::urgent));
    }
  }
  // What becomes of it, once everything has settled.
  std::string verdict(const core::Submit& submit) {
    core::Outcome outcome = step(submit);
    join(outcome, settle());
    const auto rejected = sent<core::Rejected>(outcome, submit.peer.id);
    if (rejected.size() == 1) return std::string(noroshi::name_of(rejected.front().why.reason));
    return sent<core::Accepted>(outcome, submit.peer.id).size() == 1 ? "accepted" : "no answer";
  }
};

std::size_t reports_in(const World& world) {
  std::size_t count = 0;
  for (const RecordPtr& record : world.log()) count += record->report() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a report comes in only if everything about its author fits") {
  for (const Row& row : kRows) {
    INFO(row.what);
    Scene stage;
    Report report = secret(report_of("r1", cast::hatsuden()));
    core::Submit submit = stage.world.submission(report);
    row.change(submit, report);
    submit.decoded = report;
    CHECK(stage.verdict(submit) == row.verdict);
    CHECK(reports_in(stage.world) == (row.verdict == "accepted" ? 1 : 0));
    for (const std::string& wrong : stage.wrongs()) FAIL_CHECK(wrong);
  }
}

TEST_CASE("who may continue, correct, call back or comment on a report, and never a drill what is live") {
  for (const auto& [relation, word] : kRelations)
    for (const Member& member : {cast::hatsuden(), cast::gas_gaisha(), cast::nisc(), cast::meti()})
      for (const Status status : {Status::actual, Status::exercise}) {
        INFO(word << " by " << member.organization << " " << noroshi::name_of(status));
        Scene stage;
        stage.submit(secret(report_of("r1", cast::hatsuden())));
        stage.settle();
        Report follower = secret(relating(report_of("n1", member), relation, "r1"));
        follower.status = status;
        const bool own = member.organization == "hatsuden" || member.organization == "nisc";
        const bool comments =
            member.organization == "meti" && (relation == Relation::comment || relation == Relation::summary);
        const bool may = relation == Relation::reference || ((own || comments) && status == Status::actual);
        CHECK(stage.verdict(stage.world.submission(follower)) == (may ? "accepted" : "relation_forbidden"));
      }
}

TEST_CASE("nothing of an author follows the end of its membership into the log") {
  for (const bool revoked : {true, false}) {
    INFO((revoked ? "revoked" : "expired"));
    WatchedWorld watched;
    Member author = cast::hatsuden();
    author.valid_until = kStart + 100;
    watched.enrol(author);
    watched.enrol(cast::nisc());
    watched.step(watched.world.hello("hatsuden", Door::urgent));
    watched.step(watched.world.hello("nisc", Door::urgent));
    watched.submit(secret(report_of("r1", author)));
    watched.submit(secret(relating(report_of("r2", author), Relation::update, "r1")));
    watched.submit(secret(report_of("b1", author, "A.near-miss")));  // its other lane
    watched.submit(secret(relating(report_of("n1", cast::nisc()), Relation::update, "r1")));
    watched.submit(secret(report_of("n2", cast::nisc())));
    watched.submit(secret(relating(report_of("r5", author), Relation::reference, "n2")));  // held for another's
    core::Outcome outcome;
    author.revoked = revoked;
    if (revoked) outcome = watched.enrol(author);
    if (!revoked) watched.world.now = kStart + 100, outcome = watched.step(core::Tick{});
    join(outcome, watched.settle());
    CHECK(reports_in(watched.world) == 1);
    CHECK(watched.world.stored(report_id("n2")));
    const auto told = sent<core::Rejected>(outcome, watched.world.peer("nisc", Door::urgent).id);
    REQUIRE(told.size() == 1);
    CHECK(told.front().why.reason == Reason::relation_unknown);
    for (const auto& rejected : sent<core::Rejected>(outcome, watched.world.peer("hatsuden", Door::urgent).id))
      CHECK(rejected.why.reason == Reason::revoked);
    // A session or not: what it sends now is refused.
    CHECK(sent<core::Accepted>(watched.submit(secret(report_of("r3", author))), PeerId{}).empty());
    watched.world.reconnect("hatsuden", Door::urgent);
    watched.step(watched.world.hello("hatsuden", Door::urgent));
    watched.submit(secret(report_of("r4", author)));
    watched.settle();
    CHECK(reports_in(watched.world) == 1);
    for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
  }
}

TEST_CASE("who has expired publishes nothing, though its session still stands") {
  WatchedWorld watched;
  Member author = cast::hatsuden();
  author.valid_until = kStart + 100;
  watched.enrol(author);
  watched.step(watched.world.hello("hatsuden", Door::urgent));
  watched.world.now = kStart + 100;
  watched.submit(secret(report_of("r1", author)));
  watched.settle();
  CHECK(reports_in(watched.world) == 0);
}

TEST_CASE("rights to listen are asked at the door") {
  WatchedWorld watched;
  Member mute = cast::vendor();
  mute.subscribe = false;
  for (const Member& member : {mute, cast::hatsuden(), cast::auditor(Tlp::green)}) watched.enrol(member);
  const auto answer = [&](const core::Command& command, const core::Peer& peer) {
    const auto refused = sent<core::Refused>(watched.step(command), peer.id);
    return refused.empty() ? "welcome" : std::string(noroshi::name_of(refused.front().reason));
  };
  for (const Door door : {Door::urgent, Door::batched}) {
    const std::vector<std::pair<std::string, std::string>> verdicts{{"vendor", "not_permitted"},
                                                                    {"hatsuden", "welcome"},
                                                                    {"auditor", "not_permitted"},
                                                                    {"stranger", "unknown_member"}};
    for (const auto& [name, verdict] : verdicts) {
      INFO(name);
      CHECK(answer(watched.world.hello(name, door, {"*"}), watched.world.peer(name, door)) == verdict);
    }
  }
  for (const auto& [name, kinds, verdict] : std::vector<std::tuple<std::string, std::vector<EntryKind>, std::string>>{
           {"vendor", {}, "not_permitted"},
           {"hatsuden", {}, "welcome"},
           {"hatsuden", {EntryKind::report, EntryKind::member}, "not_permitted"},
           {"hatsuden", {EntryKind::posture}, "not_permitted"},
           {"auditor", {EntryKind::report, EntryKind::member, EntryKind::posture}, "welcome"}}) {
    INFO(name << " " << kinds.size());
    watched.step(watched.world.hello(name, Door::archive));
    core::Replay replay;
    replay.peer = watched.world.peer(name, Door::archive);
    replay.kinds = kinds;
    replay.credit = 100;
    CHECK(answer(replay, replay.peer) == verdict);
    watched.settle();
  }
  watched.step(watched.world.hello("hatsuden", Door::urgent));
  core::Replay elsewhere;
  elsewhere.peer = watched.world.peer("hatsuden", Door::urgent);
  CHECK(answer(elsewhere, elsewhere.peer) == "unexpected_message");
  CHECK(answer(watched.world.hello("hatsuden", Door::archive, {"*"}), watched.world.peer("hatsuden", Door::archive)) ==
        "not_permitted");
  for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
}

TEST_CASE("the archive takes no reports") {
  Scene stage;
  stage.step(stage.world.hello("hatsuden", Door::archive));
  const core::Outcome outcome = stage.submit(secret(report_of("r1", cast::hatsuden())), Door::archive);
  const auto refused = sent<core::Refused>(outcome, stage.world.peer("hatsuden", Door::archive).id);
  REQUIRE(refused.size() == 1);
  CHECK(refused.front().reason == Reason::unexpected_message);
  stage.settle();
  CHECK(reports_in(stage.world) == 0);
}
