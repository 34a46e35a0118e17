// Nothing lost, nothing answered twice: the way of submissions through answers, outages and a broker that says "not now".
#include "publisher/submission.h"

#include <random>
#include <set>

#include "proto/wire/sealing.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::publisher;

wire::SessionWishes nothing_to_read() { return {}; }

// A client session, with just enough of a broker behind it to welcome it.
struct Session {
  Micros now{1'000'000};
  wire::ClientSession client{nothing_to_read(), [](std::size_t n) { return Bytes(n, 'k'); }};

  void welcome() {
    const auto out = client.connect(now);
    v1::ClientMessage hello;
    REQUIRE(hello.ParseFromString(out.send.at(0)));
    wire::Sealer sealer(hello.hello().session_key());
    v1::BrokerMessage message;
    message.mutable_welcome()->set_posture("normal");
    v1::BrokerFrame frame;
    frame.set_header(sealer.header());
    frame.set_sealed(sealer.seal(message.SerializeAsString()));
    client.on_frame(frame.SerializeAsString(), now);
    REQUIRE(client.state() == wire::ClientSession::State::live);
  }
};

std::string id_of(std::uint64_t number) { return "report-" + std::to_string(number); }

void fill(Submissions& submissions, std::size_t count, std::size_t bytes = 10) {
  for (std::size_t i = 1; i <= count; ++i) {
    v1::SignedReport report;
    report.set_report(std::string(bytes, 'r'));
    CHECK(submissions.add(report, ReportId{id_of(i)}) == i);
  }
}

std::vector<std::uint64_t> numbers(const std::vector<Bytes>& frames) {
  std::vector<std::uint64_t> out;
  for (const Bytes& frame : frames) {
    v1::ClientMessage message;
    REQUIRE(message.ParseFromString(frame));
    out.push_back(message.submit().number());
  }
  return out;
}

v1::BrokerMessage accepted(std::uint64_t number) {
  v1::BrokerMessage message;
  message.mutable_accepted()->set_number(number);
  message.mutable_accepted()->set_report_id(id_of(number));
  message.mutable_accepted()->set_seq(100 + number);
  return message;
}

v1::BrokerMessage rejected(std::uint64_t number, v1::Reason reason) {
  v1::BrokerMessage message;
  message.mutable_rejected()->set_number(number);
  message.mutable_rejected()->set_report_id(id_of(number));
  message.mutable_rejected()->set_reason(reason);
  message.mutable_rejected()->set_field("tlp");
  message.mutable_rejected()->set_detail("why");
  return message;
}

using Numbers = std::vector<std::uint64_t>;

TEST_CASE("nothing is sent before the welcome, everything once after it") {
  Session s;
  Submissions submissions;
  CHECK(submissions.done());
  fill(submissions, 3);
  CHECK(submissions.ready(s.client, s.now).empty());
  s.welcome();
  CHECK(numbers(submissions.ready(s.client, s.now)) == Numbers{1, 2, 3});
  CHECK(submissions.ready(s.client, s.now).empty());
  CHECK_FALSE(submissions.done());
}

TEST_CASE("answers come in any order, each counts once") {
  Session s;
  s.welcome();
  Submissions submissions;
  fill(submissions, 3);
  submissions.ready(s.client, s.now);
  const auto third = submissions.on(accepted(3));
  REQUIRE(third);
  CHECK(third->number == 3);
  CHECK(std::get<v1::Accepted>(third->answer).seq() == 103);
  const auto first = submissions.on(rejected(1, v1::REASON_TLP_INVALID));
  REQUIRE(first);
  CHECK(std::get<Rejection>(first->answer) == Rejection{Reason::tlp_invalid, "tlp", "why"});
  CHECK_FALSE(submissions.on(accepted(3)));
  CHECK_FALSE(submissions.on(accepted(1)));
  CHECK_FALSE(submissions.on(accepted(99)));
  CHECK(submissions.unanswered() == Numbers{2});
  CHECK(submissions.on(accepted(2)));
  CHECK(submissions.done());
}

TEST_CASE("an answer counts for the report it names only") {
  Session s;
  s.welcome();
  Submissions submissions;
  fill(submissions, 1);
  submissions.ready(s.client, s.now);
  v1::BrokerMessage other = accepted(1);
  other.mutable_accepted()->set_report_id("another");
  CHECK_FALSE(submissions.on(other));
  v1::BrokerMessage unread = rejected(1, v1::REASON_MALFORMED);
  unread.mutable_rejected()->clear_report_id();  // the broker could not read the report
  CHECK(submissions.on(unread));
}

TEST_CASE("a reason this program does not know is still a rejection") {
  Submissions submissions;
  fill(submissions, 1);
  v1::BrokerMessage strange = rejected(1, static_cast<v1::Reason>(999));
  const auto result = submissions.on(strange);
  REQUIRE(result);
  CHECK(std::holds_alternative<Rejection>(result->answer));
}

TEST_CASE("after a new welcome the unanswered are said again, in order") {
  Session s;
  s.welcome();
  Submissions submissions;
  fill(submissions, 5);
  submissions.ready(s.client, s.now);
  submissions.on(accepted(2));
  submissions.reconnected();
  s.welcome();
  CHECK(numbers(submissions.ready(s.client, s.now)) == Numbers{1, 3, 4, 5});
  CHECK(submissions.on(accepted(1)));
}

TEST_CASE("no more than the window is in flight") {
  Session s;
  s.welcome();
  Submissions submissions(4);
  fill(submissions, 10);
  CHECK(numbers(submissions.ready(s.client, s.now)) == Numbers{1, 2, 3, 4});
  submissions.on(accepted(3));
  submissions.on(rejected(1, v1::REASON_EXPIRED));
  CHECK(numbers(submissions.ready(s.client, s.now)) == Numbers{5, 6});
  submissions.reconnected();
  CHECK(numbers(submissions.ready(s.client, s.now)) == Numbers{2, 4, 5, 6});
}

TEST_CASE("large reports fill the window by their size, one may always go") {
  Session s;
  s.welcome();
  Submissions submissions;
  fill(submissions, 5, 3 << 20);  // 8 MiB may be in flight
  CHECK(numbers(submissions.ready(s.client, s.now)) == Numbers{1, 2});
  submissions.on(accepted(1));
  CHECK(numbers(submissions.ready(s.client, s.now)) == Numbers{3});
  Submissions huge;
  fill(huge, 2, 20 << 20);
  CHECK(numbers(huge.ready(s.client, s.now)) == Numbers{1});
}

TEST_CASE("what the broker puts off is said again after a pause, and no later report overtakes it") {
  for (const v1::Reason reason : {v1::REASON_RATE_LIMITED, v1::REASON_SHUTTING_DOWN}) {
    Session s;
    s.welcome();
    Submissions submissions(2);
    fill(submissions, 3);
    submissions.ready(s.client, s.now);
    CHECK_FALSE(submissions.on(rejected(1, reason)));
    REQUIRE(submissions.put_off(1));
    CHECK(submissions.put_off(1)->detail == "why");
    CHECK(submissions.ready(s.client, s.now).empty());
    CHECK(submissions.ready(s.client, s.now + 900'000).empty());
    CHECK(numbers(submissions.ready(s.client, s.now + 1'000'000)) == Numbers{1});
    CHECK(submissions.on(accepted(1)));
    CHECK_FALSE(submissions.put_off(1));
  }
  Session s;
  s.welcome();
  Submissions submissions;
  fill(submissions, 1);
  submissions.ready(s.client, s.now);
  submissions.on(rejected(1, v1::REASON_SHUTTING_DOWN));
  submissions.reconnected();  // another broker process: no need to wait
  CHECK(numbers(submissions.ready(s.client, s.now)) == Numbers{1});
}

TEST_CASE("a window that is put off as a whole waits once") {
  Session s;
  s.welcome();
  Submissions submissions;
  fill(submissions, 200);
  submissions.ready(s.client, s.now);
  for (std::uint64_t number = 1; number <= 150; ++number) submissions.on(rejected(number, v1::REASON_RATE_LIMITED));
  CHECK(submissions.ready(s.client, s.now).empty());
  // Answers to what had left before the pause come in during it.
  for (std::uint64_t number = 151; number <= 200; ++number) submissions.on(rejected(number, v1::REASON_RATE_LIMITED));
  CHECK(submissions.ready(s.client, s.now + 999'999).empty());
  CHECK(submissions.ready(s.client, s.now + 1'000'000).size() == 200);
}

TEST_CASE("with outages, lost, doubled and reordered answers, every report gets one answer") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
    Session s;
    s.welcome();
    Submissions submissions(1 + random() % 8);
    const std::size_t count = 1 + random() % 40;
    fill(submissions, count);
    std::map<std::uint64_t, int> answers;
    std::vector<std::uint64_t> at_broker;
    std::set<std::uint64_t> in_order;  // first arrivals
    for (int step = 0; step < 20'000 && !submissions.done(); ++step) {
      for (const std::uint64_t number : numbers(submissions.ready(s.client, s.now))) {
        if (!in_order.contains(number)) CHECK(number == in_order.size() + 1);
        in_order.insert(number);
        at_broker.push_back(number);
      }
      s.now = s.now + 300'000;
      if (chance(5)) {
        if (chance(50)) at_broker.clear();  // lost with the connection; otherwise answers come late
        submissions.reconnected();
        s.welcome();
      }
      if (at_broker.empty()) continue;
      const std::size_t which = random() % at_broker.size();
      const std::uint64_t number = at_broker[which];
      if (!chance(10)) at_broker.erase(at_broker.begin() + static_cast<std::ptrdiff_t>(which));  // else answered twice
      const auto message =
          chance(80) ? accepted(number) : rejected(number, chance(50) ? v1::REASON_EXPIRED : v1::REASON_RATE_LIMITED);
      if (const auto result = submissions.on(message)) ++answers[result->number];
    }
    CHECK(submissions.done());
    CHECK(answers.size() == count);
    for (const auto& [number, times] : answers) CHECK(times == 1);
  }
}

}  // namespace
