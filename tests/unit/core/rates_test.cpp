// How much one member may ask of the broker.
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Charge;
using core::Door;
using core::Rates;
using core::Verdict;

struct Scene : World {
  Scene() {
    for (const Member& member : {cast::hatsuden(), cast::bank()}) enrol(member);
    step(hello("hatsuden", Door::urgent));
    step(hello("bank", Door::urgent, {"*"}));
  }
  core::Outcome arrive(const std::string& who, Charge charge, std::size_t bytes = 100, std::uint64_t number = 0) {
    return step(core::Arrival{peer(who, Door::urgent), charge, bytes, number});
  }
  // How many of `n` are let through.
  int through(int n, const std::string& who, Charge charge, std::size_t bytes = 100) {
    int count = 0;
    for (int i = 0; i < n; ++i) count += arrive(who, charge, bytes).dropped ? 0 : 1;
    return count;
  }
};

// A member that is over its rate and gets no answers any more.
struct Silenced {
  Silenced() { silence(kStart); }
  Verdict over(Micros now) { return rates.charge(PeerId{1}, Charge::acknowledgement, limits::kBytesBurst + 1, now); }
  // The first frame that is not answered, its own time's first.
  void silence(Micros now) {
    while (over(now) == Verdict::over) continue;
  }
  // How many more are met with silence before the connection is cut.
  int until_cut(Micros now) {
    int count = 0;
    while (over(now) == Verdict::over_and_unanswered) ++count;
    return count;
  }
  Rates rates;
};

constexpr int kMost = limits::kUnansweredFrames;

}  // namespace

TEST_CASE("an allowance begins full, empties and fills at its rate") {
  Allowance allowance(10, 3);
  Micros now = kStart;
  for (int i = 0; i < 3; ++i) CHECK(allowance.take(1, now));
  CHECK_FALSE(allowance.take(1, now));
  CHECK_FALSE(allowance.take(1, now + 99'999));
  CHECK(allowance.take(1, now + 100'000));
  CHECK_FALSE(allowance.take(1, now + 100'000));
  now = now + 3600 * kMicrosPerSecond;  // an hour gives no more than the burst
  for (int i = 0; i < 3; ++i) CHECK(allowance.take(1, now));
  CHECK_FALSE(allowance.take(1, now));
  CHECK_FALSE(allowance.take(1, kStart));  // a clock that goes back gives nothing
  CHECK(allowance.take(1, kStart + 100'000));
  CHECK_FALSE(Allowance(10, 3).take(4, kStart));
}

TEST_CASE("a report that arrives before its sender's Hello is not verified meanwhile and taken after it") {
  Scene stage;
  stage.reconnect("hatsuden", Door::urgent);
  const core::Outcome early = stage.arrive("hatsuden", Charge::report);
  CHECK(early.dropped);
  CHECK(sent<core::HelloRequired>(early, stage.peer("hatsuden", Door::urgent).id).size() == 1);
  stage.step(stage.hello("hatsuden", Door::urgent));
  CHECK_FALSE(stage.arrive("hatsuden", Charge::report).dropped);
}

TEST_CASE("a member's reports: the burst, then its rate, whatever connection they come by") {
  Scene stage;
  CHECK(stage.through(limits::kReportsBurst + 100, "hatsuden", Charge::report) == limits::kReportsBurst);
  stage.reconnect("hatsuden", Door::urgent);
  stage.step(stage.hello("hatsuden", Door::urgent));
  CHECK(stage.arrive("hatsuden", Charge::report).dropped);
  stage.now = stage.now + kMicrosPerSecond;
  CHECK(stage.through(2 * limits::kReportsPerSecond, "hatsuden", Charge::report) == limits::kReportsPerSecond);
  CHECK_FALSE(stage.arrive("bank", Charge::report).dropped);  // another's are its own affair
  CHECK_FALSE(stage.arrive("hatsuden", Charge::request).dropped);
  CHECK_FALSE(stage.arrive("hatsuden", Charge::acknowledgement).dropped);
}

TEST_CASE("who was put off is let in again when there is room for all it had under way, not one by one") {
  Scene stage;
  CHECK(stage.through(limits::kReportsBurst + 1, "hatsuden", Charge::report) == limits::kReportsBurst);
  for (int tenths = 1; tenths < 5; ++tenths) {
    stage.now = stage.now + kMicrosPerSecond / 10;
    CHECK(stage.arrive("hatsuden", Charge::report).dropped);
    CHECK_FALSE(stage.arrive("hatsuden", Charge::request).dropped);
  }
  stage.now = stage.now + kMicrosPerSecond / 10;
  CHECK(stage.through(600, "hatsuden", Charge::report) == limits::kReportsPerSecond / 2);
}

TEST_CASE("requests and bytes have their own measure") {
  Scene stage;
  CHECK(stage.through(limits::kRequestsBurst + 50, "bank", Charge::request) == limits::kRequestsBurst);
  CHECK_FALSE(stage.arrive("bank", Charge::report).dropped);
  const auto frames = static_cast<int>(limits::kBytesBurst / static_cast<std::int64_t>(limits::MiB));
  CHECK(stage.through(frames + 5, "hatsuden", Charge::acknowledgement, limits::MiB) == frames);
}

TEST_CASE("receipts and rosters have theirs") {
  Scene stage;
  CHECK(stage.through(limits::kReceiptsBurst + 50, "bank", Charge::receipt) == limits::kReceiptsBurst);
  CHECK_FALSE(stage.arrive("bank", Charge::report).dropped);
  CHECK(stage.through(limits::kRostersBurst + 5, "bank", Charge::roster) == limits::kRostersBurst);
  CHECK_FALSE(stage.arrive("bank", Charge::request).dropped);
  stage.now = stage.now + kMicrosPerSecond;
  CHECK(stage.through(100, "bank", Charge::receipt) == limits::kReceiptsPerSecond);
  CHECK(stage.through(100, "bank", Charge::roster) == limits::kRostersPerSecond);
}

TEST_CASE("who is over the rate is told so, then met with silence, and noted once") {
  Scene stage;
  stage.through(limits::kReportsBurst, "hatsuden", Charge::report);
  const PeerId author = stage.peer("hatsuden", Door::urgent).id;
  core::Outcome outcome = stage.arrive("hatsuden", Charge::report, 100, 77);
  CHECK(outcome.dropped);
  REQUIRE(sent<core::Rejected>(outcome, author).size() == 1);
  CHECK(sent<core::Rejected>(outcome, author)[0].number == 77);
  CHECK(sent<core::Rejected>(outcome, author)[0].why.reason == Reason::rate_limited);
  std::size_t told = 1, noted = outcome.events.size();
  const int frames = limits::kLimitedAnswersBurst + limits::kUnansweredFrames - 1;  // the first was said above
  for (int i = 0; i < frames; ++i) {
    outcome = stage.arrive("hatsuden", Charge::report);
    CHECK(outcome.dropped);
    CHECK(outcome.close.empty());
    told += outcome.send.size();
    noted += outcome.events.size();
  }
  CHECK(told == static_cast<std::size_t>(limits::kLimitedAnswersBurst));
  CHECK(noted == 1);
  // Twice what an honest publisher can have on its way: it always hears.
  CHECK(limits::kLimitedAnswersBurst >= 4 * 256);
  stage.now = stage.now + 11 * kMicrosPerSecond;
  stage.through(limits::kReportsBurst + 1, "hatsuden", Charge::report);
  CHECK(stage.broker().stats().dropped_frames == static_cast<std::uint64_t>(frames) + 2);
}

TEST_CASE("a connection that goes on against silence is cut; the member's others and its sessions there are not") {
  Scene stage;
  stage.step(stage.hello("hatsuden", Door::batched));
  const int answered = limits::kReportsBurst + limits::kLimitedAnswersBurst;
  stage.through(answered + limits::kUnansweredFrames, "hatsuden", Charge::report);
  const core::Peer other = stage.peer("hatsuden", Door::batched);
  CHECK(stage.step(core::Arrival{other, Charge::report, 100, 1}).close.empty());
  const PeerId author = stage.peer("hatsuden", Door::urgent).id;
  CHECK(stage.arrive("hatsuden", Charge::report).close == std::vector{author});
  // Its session is over; what it says on a new connection is counted anew.
  stage.reconnect("hatsuden", Door::urgent);
  CHECK(stage.arrive("hatsuden", Charge::report).close.empty());
  stage.now = stage.now + 2 * kMicrosPerSecond;
  stage.step(stage.hello("hatsuden", Door::urgent));
  CHECK_FALSE(stage.arrive("hatsuden", Charge::report).dropped);
}

TEST_CASE("requests over the rate are refused, and the session stands") {
  Scene stage;
  stage.through(limits::kRequestsBurst, "bank", Charge::request);
  const PeerId bank = stage.peer("bank", Door::urgent).id;
  const core::Outcome outcome = stage.arrive("bank", Charge::request);
  REQUIRE(sent<core::Refused>(outcome, bank).size() == 1);
  CHECK(sent<core::Refused>(outcome, bank)[0].reason == Reason::rate_limited);
  CHECK(delivered(stage.publish(report_of("r1", cast::hatsuden())), bank) == Names{"r1"});
}

TEST_CASE("frames have their measure, whatever they hold") {
  Rates rates;
  std::int64_t within = 0;
  while (rates.charge(PeerId{1}, Charge::acknowledgement, 1, kStart) == Verdict::within) ++within;
  CHECK(within == limits::kFramesBurst);
}

TEST_CASE("a connection is cut for what it says within one second of silence, and counted anew then") {
  Silenced member;
  SECTION("all at once") {
    CHECK(member.until_cut(kStart) == kMost - 1);
    CHECK(member.until_cut(kStart) == kMost);  // if it was not cut after all
  }
  for (int i = 0; i < 99; ++i) member.over(kStart);  // a hundred with the first
  SECTION("a second is a second") {
    member.silence(kStart + kMicrosPerSecond);
    CHECK(member.until_cut(kStart + kMicrosPerSecond) == kMost - 101);
  }
  SECTION("and no longer") {
    member.silence(kStart + kMicrosPerSecond + 1);
    CHECK(member.until_cut(kStart + kMicrosPerSecond + 1) == kMost - 1);
  }
  SECTION("a clock that goes back begins another") {
    const Micros before{kStart.value - kMicrosPerSecond};
    member.over(before);
    CHECK(member.until_cut(before) == kMost - 1);
  }
}

TEST_CASE("that a member is limited is noted every ten seconds") {
  Rates rates;
  CHECK(rates.worth_a_note(kStart));
  CHECK_FALSE(rates.worth_a_note(kStart + (10 * kMicrosPerSecond - 1)));
  CHECK(rates.worth_a_note(kStart + 10 * kMicrosPerSecond));
  CHECK_FALSE(rates.worth_a_note(kStart + 19 * kMicrosPerSecond));
}

TEST_CASE("to a connection that was cut nothing is sent") {
  Scene stage;
  const PeerId bank = stage.peer("bank", Door::urgent).id;
  core::Outcome outcome;
  for (int frame = 0; outcome.close.empty() && frame < 10'000; ++frame) outcome = stage.arrive("bank", Charge::request);
  CHECK(outcome.close == std::vector{bank});
  CHECK(delivered(stage.publish(report_of("r1", cast::hatsuden())), bank).empty());
}
