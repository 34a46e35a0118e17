#include "tests/simulation/simulation.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "proto/wire/decode.h"
#include "schemas/report_check.h"
#include "tests/simulation/judge_receipts.h"
#include "tests/simulation/oracle.h"

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
    clock_.run_for(plan_.calm_us);
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
    return settings;
  }

  void enrol() {
    for (const auto& [organization, actor] : cast_.actors)
      broker_.change_member(wire::sign_member(cast_.registrar, actor.member), actor.member);
    clock_.run_for(1'000'000);
  }

  void open_clients() {
    for (const char* organization : {"vendor", "ministry"})
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
  }

  void schedule_reports() {
    for (std::size_t author = 0; author < 2; ++author)
      for (int n = 0; n < plan_.reports; ++n)
        clock_.after(chance_.between(0, plan_.trouble_us * 3 / 4), [this, author] { write(author); });
  }

  // The author sends to the lane it believes right; now and then the same report goes out twice, on both.
  void write(std::size_t author) {
    const Actor& actor = cast_.actors.at(author == 0 ? "vendor" : "ministry");
    const v1::SignedReport report =
        wire::sign_report(actor.signing, random_report(actor, matrix_, chance_, clock_.now()));
    v1::Report plain;
    plain.ParseFromString(report.report());
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
  }

  // Ends with exactly the matching entries, in order.
  void judge_subscriber(const SimulatedSubscriber& subscriber, const std::vector<Record>& log) {
    const std::string& organization = subscriber.actor().member.organization;
    if (broker_.revoked().contains(organization)) return;  // may have got some of them; none after its revocation
    const Lane lane = subscriber.lane();
    std::vector<std::uint64_t> expected;
    for (const Record& record : log) {
      const Report* report = record.report();
      if (report && record.entry.lane == lane && oracle_allows(subscriber.actor().member, *report) &&
          oracle_wants(subscriber.wishes().topics, subscriber.wishes().statuses, *report))
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
  std::uint64_t crashes_ = 0;
};

}  // namespace

Verdict simulate(const Plan& plan, const Matrix& matrix) {
  spdlog::set_level(spdlog::level::off);  // of what the programs would log; the judge speaks for all
  return Run(plan, matrix).verdict();
}

}  // namespace noroshi::simulation
