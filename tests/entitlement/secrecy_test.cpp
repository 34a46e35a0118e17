// What is said beside the reports: rejections, events, counts. None of it may tell of a report that is not for the hearer.
#include <string>

#include "broker/http/server.h"
#include "tests/entitlement/small_world.h"
#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;

enum class Where { stored, in_flight, admitted };

// Everything that comes out for one submission, with the id it names taken out of the words.
std::string answer_in(const WatchedWorld& watched, const core::Outcome& outcome, const std::string& id) {
  std::string said = everything_said(outcome);
  for (std::size_t at = said.find(id); at != std::string::npos; at = said.find(id)) said.replace(at, id.size(), "ID");
  for (const core::Send& send : outcome.send) {
    said += "message " + std::to_string(send.message.index());
    if (const auto* rejected = std::get_if<core::Rejected>(&send.message))
      said += " " + std::string(noroshi::name_of(rejected->why.reason));
  }
  return said + " reads " + std::to_string(outcome.read.size()) + " queued " +
         std::to_string(watched.world.broker().backlog(Lane::urgent)) + "/" +
         std::to_string(watched.world.broker().backlog(Lane::batched));
}

std::string answer_to(WatchedWorld& watched, const Report& report) {
  const std::string id = report.relates_to ? report.relates_to->report.value : report.id.value;
  const core::Outcome outcome = watched.submit(report);
  return answer_in(watched, outcome, id);
}

std::string answer_to_receipt(WatchedWorld& watched, const Member& member, const std::string& of, Stage stage) {
  const auto answer = stage == Stage::responded ? std::optional(Answer::relevant) : std::nullopt;
  const core::Outcome outcome =
      watched.step(watched.receipt(member.organization, Door::urgent, stage, {report_id(of)}, answer));
  return answer_in(watched, outcome, report_id(of).value);
}

// A world with one report of the author in it, and a session for everybody.
struct Scene : WatchedWorld {
  Scene(const Report& report, const Member& author, Where where) {
    for (const Member& member : everybody()) enrol(member);
    step(world.hello(author.organization, Door::urgent));
    submit(report);
    if (where == Where::stored) settle();
    if (where == Where::in_flight) step(core::Cut{});
    for (const Member& member : everybody()) step(world.hello(member.organization, Door::urgent));
  }
};

}  // namespace

TEST_CASE("a relation to a report one may not see is a relation to none") {
  std::size_t hidden = 0;
  std::size_t seen = 0;
  const auto audiences = every_audience();
  for (const std::string& label : every_label())
    for (std::size_t a = 0; a < audiences.size();
         a += 3)  // 3 is prime to the powers of 2: every list takes every value
      for (const Where where : {Where::stored, Where::in_flight, Where::admitted}) {
        const Member author = four_organizations()[a % 4];
        const Report report = secret(labelled(report_of("r1", author), label, audiences[a]));
        if (!publishable(report)) continue;
        Scene stage(report, author, where);
        for (const Member& member : everybody()) {
          if (member.publish.empty()) continue;
          for (const auto& [relation, word] : kRelations) {
            Report follower = secret(relating(report_of("n1", member), relation, "r1"));
            if (a % 2 == 1) follower.status = Status::exercise;
            Report orphan = follower;
            orphan.relates_to->report = report_id("r9");
            INFO(describe(report) << ", " << word << " by " << member.organization);
            const std::string to_none = answer_to(stage, orphan);
            CHECK(to_none.find("relation_unknown") != std::string::npos);
            if (!readers({member}, report, stage.world.now).empty()) {
              ++seen;
              const bool other_status = a % 2 == 1 && relation != Relation::reference;
              const bool foreign = member.organization != author.organization && relation != Relation::reference;
              if (other_status || foreign)
                CHECK(answer_to(stage, follower).find("relation_forbidden") != std::string::npos);
              continue;
            }
            ++hidden;
            CHECK(answer_to(stage, follower) == to_none);
          }
        }
        for (const std::string& wrong : stage.wrongs()) FAIL_CHECK(wrong);
      }
  CHECK(hidden > 1000);
  CHECK(seen > 1000);
}

TEST_CASE("a receipt for a report that one may not see, or that is not durable yet, is one for none") {
  std::size_t hidden = 0;
  std::size_t seen = 0;
  const auto audiences = every_audience();
  for (const std::string& label : every_label())
    for (std::size_t a = 0; a < audiences.size(); a += 7)
      for (const Where where : {Where::stored, Where::in_flight, Where::admitted}) {
        const Member author = four_organizations()[a % 4];
        const Report report = secret(labelled(report_of("r1", author), label, audiences[a]));
        if (!publishable(report)) continue;
        Scene stage(report, author, where);
        for (const Member& member : everybody())
          for (const Stage said : {Stage::delivered, Stage::opened, Stage::responded}) {
            INFO(describe(report) << ", " << noroshi::name_of(said) << " by " << member.organization);
            const std::string to_none = answer_to_receipt(stage, member, "r9", said);
            CHECK(to_none.find("relation_unknown") != std::string::npos);
            const std::string answer = answer_to_receipt(stage, member, "r1", said);
            const bool sees = where == Where::stored && !readers({member}, report, stage.world.now).empty();
            CHECK((answer == to_none) != sees);
            ++(sees ? seen : hidden);
          }
        for (const std::string& wrong : stage.wrongs()) FAIL_CHECK(wrong);
      }
  CHECK(hidden > 1000);
  CHECK(seen > 1000);
}

// That the id is taken has to be said; what else it names, and whether one may see it, is not.
TEST_CASE("an id that is taken is refused to everybody in the same words") {
  for (const Where where : {Where::stored, Where::in_flight, Where::admitted}) {
    const Report report = secret(labelled(report_of("r1", cast::hatsuden()), "RED", {{}, {}, {"gas-gaisha"}}));
    Scene stage(report, cast::hatsuden(), where);
    std::set<std::string> answers;
    for (const Member& member : four_organizations()) {
      Report other = secret(report_of("r1", member));
      other.digest = {1};
      std::string answer = answer_to(stage, other);
      CHECK(answer.find("id_conflict") != std::string::npos);
      // Events say who was rejected: to the broker's own log.
      const std::size_t name = answer.rfind(member.organization);
      if (name != std::string::npos) answer.replace(name, member.organization.size(), "WHO");
      answers.insert(answer);
    }
    CHECK(answers.size() == 1);
    for (const std::string& wrong : stage.wrongs()) FAIL_CHECK(wrong);
  }
}

TEST_CASE("who repeats another's report is told that it is not theirs, and nothing of it") {
  const Report report = secret(labelled(report_of("r1", cast::hatsuden()), "RED", {{}, {}, {"gas-gaisha"}}));
  for (const Where where : {Where::stored, Where::admitted}) {
    Scene stage(report, cast::hatsuden(), where);
    core::Submit submit = stage.world.submission(report);
    submit.peer = stage.world.peer("vendor", Door::urgent);
    const core::Outcome outcome = stage.step(submit);
    const auto rejected = sent<core::Rejected>(outcome, submit.peer.id);
    REQUIRE(rejected.size() == 1);
    CHECK(rejected.front().why.reason == Reason::organization_mismatch);
    CHECK(sent<core::Accepted>(outcome, submit.peer.id).empty());
  }
}

TEST_CASE("counts are counts: metrics and events hold no word of a report") {
  Scene stage(secret(report_of("r1", cast::hatsuden())), cast::hatsuden(), Where::stored);
  core::Outcome outcome = stage.submit(secret(labelled(report_of("r2", cast::hatsuden()), "nonsense")));
  core::Submit unsigned_one = stage.world.submission(secret(report_of("r3", cast::hatsuden())));
  unsigned_one.signature_valid = false;
  join(outcome, stage.step(unsigned_one));
  CHECK(everything_said(outcome).find("rejected") == std::string::npos);
  for (const core::Event& event : outcome.events) {
    CHECK(event.organization == "hatsuden");
    CHECK((event.detail == "tlp_invalid" || event.detail == "signature_invalid"));
  }
  http::Snapshot snapshot;
  snapshot.stats = stage.world.broker().stats();
  const std::string metrics = http::metrics_text(snapshot);
  CHECK(metrics.find("noroshi_reports_rejected_total{reason=\"tlp_invalid\"} 1") != std::string::npos);
  for (const std::string& word : {std::string(kSecret), report_id("r1").value, std::string("hatsuden")})
    CHECK(metrics.find(word) == std::string::npos);
  for (const std::string& wrong : stage.wrongs()) FAIL_CHECK(wrong);
}
