#include "tests/simulation/simulation.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "proto/wire/decode.h"
#include "schemas/report_check.h"
#include "tests/simulation/judge_log.h"
#include "tests/simulation/judge_receipts.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/simulated_publisher.h"

namespace noroshi::simulation {

namespace {

class Run {
 public:
  Run(const Plan& plan, const Matrix& matrix)
      : plan_(plan),
        matrix_(matrix),
        chance_(plan.seed),
        sodium_((let_sodium_draw_from(&chance_), 0)),
        network_(clock_, chance_),
        cast_(make_cast(clock_.now())),
        broker_(
            {clock_, chance_, network_, judge_, settings(), cast_.registrar.public_key, cast_.log, cast_.members()}) {
    network_.faults.on = plan.faults;
  }
  ~Run() { let_sodium_draw_from(&chance_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Verdict verdict() {
    const Micros begin = clock_.now();
    broker_.start();
    enrol();
    open_clients();
    schedule_reports();
    if (plan_.faults) schedule_trouble();
    clock_.run_for(plan_.trouble_us);
    network_.faults.on = false;
    if (!broker_.running()) broker_.start();
    clock_.run_for(plan_.calm_us / 2);
    for (const auto& auditor : auditors_) auditor->begin();
    clock_.run_for(plan_.calm_us / 2);
    judge_end();
    return {judge_.violations, judge_.trace, judge_.deliveries, crashes_, clock_.now() - begin};
  }

 private:
  core::Settings settings() const {
    core::Settings settings;
    settings.matrix = matrix_;
    settings.sectors = {"electricity", "gas", "finance"};
    settings.digest.interval_us = 3'000'000;
    settings.digest.entries = 20;
    settings.response_rooms = core::ResponseRooms::apply;
    return settings;
  }

  void enrol() {
    for (const auto& [organization, actor] : cast_.actors)
      broker_.change_member(wire::sign_member(cast_.registrar, actor.member), actor.member);
    clock_.run_for(1'000'000);
  }

  void open_clients() {
    for (const char* organization : {"vendor", "ministry", "nisc"})
      for (const core::Door door : {core::Door::urgent, core::Door::batched})
        publishers_.push_back(
            std::make_unique<SimulatedPublisher>(clock_, network_, cast_.actors.at(organization), door));
    const std::vector<SimulatedSubscriber::Wishes> wishes{
        {{"*"}, {Status::actual}, 8},
        {{"C", "B.c"}, {Status::actual}, 64},
        {{"B"}, {Status::actual, Status::exercise}, 3},
        {{"*"}, {Status::actual, Status::exercise, Status::test}, 256}};
    for (const char* organization : {"power", "bank", "gas-hub", "leaver"})
      for (const core::Door door : {core::Door::urgent, core::Door::batched})
        subscribers_.push_back(std::make_unique<SimulatedSubscriber>(
            clock_, chance_, network_, judge_, cast_.actors.at(organization), door, cast_, chance_.pick(wishes)));
    for (const char* organization : {"inspector", "reviewer"})
      auditors_.push_back(
          std::make_unique<SimulatedAuditor>(clock_, network_, judge_, cast_.actors.at(organization), cast_));
  }

  void schedule_reports() {
    const auto in_time = [this] { return chance_.between(0, plan_.trouble_us * 3 / 4); };
    for (std::size_t author = 0; author < 2; ++author)
      for (int n = 0; n < plan_.reports; ++n) clock_.after(in_time(), [this, author] { write(author); });
    for (int n = 0; n < 3; ++n) clock_.after(in_time(), [this] { announce_room(); });
    for (int n = 0; n < 3; ++n) clock_.after(in_time(), [this] { chance_.pick(auditors_)->begin(); });
  }

  // One in four goes on with what the broker has acknowledged of the author's.
  void write(std::size_t author) {
    const Actor& actor = publishers_[author * 2]->actor();
    const auto& earlier =
        chance_.one_in(4) ? publishers_[author * 2 + 1]->acknowledged() : publishers_[author * 2]->acknowledged();
    if (!chance_.one_in(4) || earlier.empty())
      return hand_in(author, random_report(actor, matrix_, chance_, clock_.now()));
    const auto which = std::next(earlier.begin(), chance_.between(0, static_cast<std::int64_t>(earlier.size()) - 1));
    hand_in(author, random_sequel(written_.at(which->first), actor, matrix_, chance_, clock_.now()));
  }

  void announce_room() {
    constexpr std::size_t kNisc = 2;
    hand_in(kNisc, room_notice(publishers_[kNisc * 2]->actor(), matrix_, chance_, clock_.now()));
  }

  // The author sends to the lane it believes right; now and then the same report goes out twice, on both.
  void hand_in(std::size_t author, const v1::Report& plain) {
    const v1::SignedReport report = wire::sign_report(publishers_[author * 2]->actor().signing, plain);
    written_[plain.id()] = plain;
    const std::size_t lane = lane_of(matrix_, plain.item(), Posture::normal) == Lane::urgent ? 0 : 1;
    publishers_[author * 2 + lane]->write(report, plain.id());
    if (chance_.one_in(6)) publishers_[author * 2 + (1 - lane)]->write(report, plain.id());
  }

  void schedule_trouble() {
    for (int n = 0; n < 4; ++n)
      clock_.after(chance_.between(0, plan_.trouble_us - 2'000'000), [this] { crash_and_restart(); });
    for (int n = 0; n < 6; ++n)
      clock_.after(chance_.between(0, plan_.trouble_us),
                   [this] { chance_.pick(subscribers_)->freeze(chance_.between(100'000, 8'000'000)); });
    for (int n = 0; n < 4; ++n)
      clock_.after(chance_.between(0, plan_.trouble_us), [this] { chance_.pick(subscribers_)->restart(); });
    for (int n = 0; n < 3; ++n)
      clock_.after(chance_.between(0, plan_.trouble_us), [this] { chance_.pick(publishers_)->restart(); });
    for (int n = 0; n < 2; ++n)
      clock_.after(chance_.between(0, plan_.trouble_us),
                   [this] { clock_.leap(chance_.between(1'000'000, plan_.longest_sleep_us)); });
    clock_.after(chance_.between(0, plan_.trouble_us), [this] { revoke("leaver"); });
    clock_.after(chance_.between(0, plan_.trouble_us), [this] {
      if (broker_.running()) broker_.change_posture(Posture::incident);
    });
  }

  void crash_and_restart() {
    if (!broker_.running()) return;
    ++crashes_;
    broker_.crash();
    clock_.after(chance_.between(10'000, 4'000'000), [this] {
      if (!broker_.running()) broker_.start();
    });
  }

  void revoke(const std::string& organization) {
    if (!broker_.running()) return clock_.after(500'000, [this, organization] { revoke(organization); });
    Member member = cast_.actors.at(organization).member;
    member.revoked = true;
    broker_.change_member(wire::sign_member(cast_.registrar, member), member);
  }

  void judge_end() {
    std::vector<Record> log;
    std::map<std::string, std::uint64_t> sequences;
    for (const Entry& entry : broker_.stored().stored()) {
      log.push_back(wire::decode_entry(entry));
      if (entry.seq.value != log.size()) judge_.blame("the log's sequences are not contiguous");
      if (const Report* report = log.back().report())
        if (!sequences.emplace(report->id.value, entry.seq.value).second)
          judge_.blame("one report id, two sequences: " + report->id.value);
    }
    for (const auto& publisher : publishers_) {
      if (!publisher->done()) judge_.blame("a publisher is still waiting for an answer");
      for (const std::string& why : publisher->rejected()) judge_.blame("rejected without a reason to: " + why);
      for (const auto& [report, seq] : publisher->acknowledged())
        if (sequences.count(report) == 0 || sequences.at(report) != seq)
          judge_.blame("acknowledged and not in the log: " + report);
    }
    for (const auto& subscriber : subscribers_) judge_subscriber(*subscriber, log);
    judge_receipts(log, subscribers_, broker_.revoked(), judge_);
    judge_auditors(log, auditors_, judge_);
    judge_threads(log, subscribers_, broker_.revoked(), judge_);
    judge_posture(log, subscribers_, broker_.revoked(), judge_);
  }

  // Ends with exactly the matching entries, in order.
  void judge_subscriber(const SimulatedSubscriber& subscriber, const std::vector<Record>& log) {
    const std::string& organization = subscriber.actor().member.organization;
    if (broker_.revoked().contains(organization)) return;  // may have got some of them; none after its revocation
    const Lane lane = subscriber.lane();
    std::vector<std::uint64_t> expected;
    std::map<std::string, const Report*> reports;
    for (const Record& record : log) {
      const Report* report = record.report();
      if (report) reports[report->id.value] = report;
      std::vector<const Report*> before;
      for (const Report* next = report; next && next->succeeds(); before.push_back(next))
        next = reports.at(next->relates_to->report.value);
      if (report && record.entry.lane == lane && oracle_allows(subscriber.actor().member, *report) &&
          oracle_wants(subscriber.wishes().topics, subscriber.wishes().statuses, *report, before))
        expected.push_back(record.entry.seq.value);
    }
    if (subscriber.got() != expected)
      judge_.blame(organization + " (" + std::string(name_of(lane)) + ") has " +
                   std::to_string(subscriber.got().size()) + " entries instead of " + std::to_string(expected.size()));
  }

  const Plan& plan_;
  const Matrix& matrix_;
  Clock clock_;
  Chance chance_;
  int sodium_;  // from here on keys come from chance_
  Network network_;
  Judge judge_;
  Cast cast_;
  SimulatedBroker broker_;
  std::vector<std::unique_ptr<SimulatedPublisher>> publishers_;
  std::vector<std::unique_ptr<SimulatedSubscriber>> subscribers_;
  std::vector<std::unique_ptr<SimulatedAuditor>> auditors_;
  std::map<std::string, v1::Report> written_;  // by id
  std::uint64_t crashes_ = 0;
};

}  // namespace

Verdict simulate(const Plan& plan, const Matrix& matrix) {
  spdlog::set_level(spdlog::level::off);  // of what the programs would log; the judge speaks for all
  return Run(plan, matrix).verdict();
}

}  // namespace noroshi::simulation
