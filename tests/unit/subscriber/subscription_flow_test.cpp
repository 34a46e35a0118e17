// What goes back to the broker, where it begins, and how it ends.
#include "tests/support/catch.h"
#include "tests/unit/subscriber/subscription_scene.h"

namespace noroshi::subscriber {

using namespace test;

TEST_CASE("credit comes back for what is acknowledged, the cursor moves with it") {
  Scene s(4);
  s.live();
  s.broker.forget();
  s.frame(s.broker.deliver({s.report(1), s.report(2), s.report(5)}, 7));
  CHECK_FALSE(s.broker.last(Client::kCredit));
  s.acknowledge(1);
  s.acknowledge(2);
  REQUIRE(s.broker.last(Client::kCredit));
  CHECK(s.broker.last(Client::kCredit)->credit().more() == 2);
  CHECK(s.broker.last(Client::kCredit)->credit().cursor() == 2);
  s.acknowledge(5);
  CHECK(s.subscription.cursor() == Seq{7});  // up to 7 there was nothing else for us

  s.frame(s.broker.beat(9, 9));
  CHECK(s.subscription.cursor() == Seq{9});
}

TEST_CASE("what an earlier session delivered gives no credit in this one") {
  Scene s(4);
  s.live();
  s.frame(s.broker.deliver({s.report(1), s.report(2), s.report(3), s.report(4)}, 4));
  s.frame(FakeBroker::hello_required());
  s.frame(s.broker.welcome(0, 4));
  s.broker.forget();
  s.acknowledge(4);
  CHECK_FALSE(s.broker.last(Client::kCredit));
  s.frame(s.broker.deliver({s.report(1), s.report(2), s.report(3), s.report(4)}, 4));
  REQUIRE(s.broker.last(Client::kCredit));  // doubles go back at once
  CHECK(s.broker.last(Client::kCredit)->credit().more() == 4);
  CHECK(s.seqs() == Seqs{1, 2, 3, 4});
}

TEST_CASE("from now on, and after a given sequence") {
  SECTION("now is where the first Welcome says, later Hellos go on from there") {
    Scene s;
    s.subscription.start_now();
    s.connect();
    CHECK(s.broker.last(Client::kHello)->hello().from_now());
    s.frame(s.broker.welcome(7, 7));
    s.frame(FakeBroker::hello_required());
    CHECK_FALSE(s.broker.last(Client::kHello)->hello().from_now());
    CHECK(s.broker.last(Client::kHello)->hello().cursor() == 7);
  }
  SECTION("nothing before the first one wanted is given, even if the log does not reach it yet") {
    Scene s;
    s.subscription.start_after(Seq{3});
    s.live(2, 2);
    s.frame(s.broker.deliver({s.report(3), s.report(4)}, 4));
    CHECK(s.seqs() == Seqs{4});
  }
}

TEST_CASE("who resumes after what an earlier run was given hears of a shorter log; who only begins there does not") {
  Scene resumed, begun;
  resumed.subscription.resume_after(Seq{5});
  resumed.connect();
  CHECK(resumed.frame(resumed.broker.welcome(2, 2)).log_shortened);
  begun.subscription.start_after(Seq{5});
  begun.connect();
  CHECK_FALSE(begun.frame(begun.broker.welcome(2, 2)).log_shortened);
}

TEST_CASE("who begins again further back gets all of it once, also what had come and waited for its author's key") {
  Scene s;
  const Author stranger{"gas-c"};
  const std::vector<v1::LogEntry> both{report_entry(1, stranger.sign("第1報")), s.report(2)};
  s.live(0, 2);
  s.frame(s.broker.deliver(both, 2));
  CHECK(s.got.empty());
  s.subscription.start_after(Seq{});
  s.connect();
  s.frame(s.broker.welcome(0, 2));
  s.answer({s.bank, stranger});
  s.frame(s.broker.deliver(both, 2));
  CHECK(s.seqs() == Seqs{1, 2});
}

TEST_CASE("a broker's word that it has sent all up to a sequence counts as having delivered it") {
  Scene s;
  s.live(0, 5);
  s.frame(s.broker.beat(5, 5));
  CHECK(s.subscription.announced() == Seq{5});
  s.frame(FakeBroker::hello_required());
  CHECK(s.frame(s.broker.welcome(2, 2)).log_shortened);
}

TEST_CASE("answers to receipts are handed on") {
  Scene s;
  s.live();
  v1::BrokerMessage answer;
  answer.mutable_receipt_accepted()->set_number(7);
  const auto out = s.frame(s.broker.seal(answer));
  REQUIRE(out.answers.size() == 1);
  CHECK(out.answers[0].receipt_accepted().number() == 7);
}

TEST_CASE("a log that ends before what it has delivered is told, and what is new in it is given") {
  Scene s;
  s.live();
  s.frame(s.broker.deliver({s.report(1), s.report(2), s.report(3)}, 3));
  s.acknowledge(3);
  s.frame(FakeBroker::hello_required());
  CHECK(s.frame(s.broker.welcome(1, 1)).log_shortened);
  s.frame(s.broker.deliver({s.report(2)}, 2));
  CHECK(s.seqs() == Seqs{1, 2, 3, 2});
}

TEST_CASE("refusals: for good, for now, and in passing") {
  struct Row {
    Reason reason;
    bool final;
  };
  for (const Row& row :
       {Row{Reason::not_permitted, true}, Row{Reason::unknown_member, true}, Row{Reason::revoked, true},
        Row{Reason::protocol_version, true}, Row{Reason::unknown_item, true}, Row{Reason::shutting_down, false},
        Row{Reason::rate_limited, false}}) {
    INFO(name_of(row.reason));
    Scene s;
    s.connect();
    const auto out = s.frame(FakeBroker::refused(row.reason));
    CHECK(out.refused.has_value() == row.final);
    CHECK(out.lost == !row.final);
    CHECK(out.complaint.has_value() == !row.final);
    if (!row.final) {
      s.connect();
      s.frame(s.broker.welcome(0, 0));
      CHECK(s.subscription.live());
    }
  }
  Scene s;
  s.live();
  const auto out = s.frame(FakeBroker::refused(Reason::malformed));
  CHECK(out.complaint == Reason::malformed);
  CHECK_FALSE(out.lost);
  CHECK(s.subscription.live());
}

TEST_CASE("a change of posture is told once") {
  Scene s;
  s.live();
  CHECK_FALSE(s.frame(s.broker.beat(0, 0)).posture);
  CHECK(s.frame(s.broker.beat(0, 0, "incident")).posture == "incident");
  CHECK_FALSE(s.frame(s.broker.beat(0, 0, "incident")).posture);
}

}  // namespace noroshi::subscriber
