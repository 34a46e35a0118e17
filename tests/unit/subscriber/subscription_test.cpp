// What is given out: once, in order, checked.
#include "tests/support/catch.h"
#include "tests/unit/subscriber/subscription_scene.h"

namespace noroshi::subscriber {

using namespace test;

TEST_CASE("the roster is asked for first; what comes before it waits") {
  Scene s;
  s.connect();
  REQUIRE(s.broker.last(Client::kHello));
  CHECK(s.broker.last(Client::kHello)->hello().subscribe());
  const auto out = s.frame(s.broker.welcome(0, 2, "heightened"));
  CHECK(out.welcomed);
  CHECK(out.posture == "heightened");
  REQUIRE(s.broker.last(Client::kQuery));

  s.frame(s.broker.deliver({s.report(1), s.report(2)}, 2));
  CHECK(s.got.empty());
  s.answer({s.bank});
  CHECK(s.seqs() == Seqs{1, 2});
  CHECK(s.got[0].signature == client::Check::valid);
  CHECK(s.got[0].report.title().at("ja") == "第1報");
  CHECK(s.got[0].signed_report() == s.got[0].entry.body);
  CHECK(s.got[0].entry.leaf == wire::leaf_of(s.got[0].entry.salt, s.got[0].entry.body));
}

TEST_CASE("even what no key could help waits for the first roster") {
  Scene s;
  s.connect();
  s.frame(s.broker.welcome(0, 1));
  s.frame(s.broker.deliver({test::entry_of(1, EntryKind::report, "\xff")}, 1));
  CHECK(s.got.empty());
  s.answer({});
  CHECK(s.seqs() == Seqs{1});
}

TEST_CASE("at least once from the broker is exactly once to the caller") {
  Scene s;
  s.live();
  s.frame(s.broker.deliver({s.report(1), s.report(2), s.report(3)}, 3));
  s.acknowledge(1);
  REQUIRE(s.subscription.cursor() == Seq{1});

  SECTION("after a re-Hello") { s.frame(FakeBroker::hello_required()); }
  SECTION("after another connection below it") { s.take(s.subscription.reconnected(s.now)); }
  SECTION("after a frame that does not open") { s.frame(v1::BrokerFrame{}.SerializeAsString()); }
  SECTION("after silence and a new socket") {
    s.now = s.now + 4 * kSecond;
    CHECK(s.tick().lost);
    CHECK_FALSE(s.subscription.live());
    s.connect();
  }
  CHECK(s.broker.last(Client::kHello)->hello().cursor() == 1);
  s.frame(s.broker.welcome(1, 5));
  s.frame(s.broker.deliver({s.report(2), s.report(3), s.report(4)}, 4));
  s.frame(s.broker.deliver({s.report(5)}, 5));
  CHECK(s.seqs() == Seqs{1, 2, 3, 4, 5});
}

TEST_CASE("a second Welcome to a repeated Hello delivers everything again, and it is given once") {
  Scene s;
  s.connect();
  const Bytes first_hello_answer = s.broker.welcome(0, 2);
  s.now = s.now + kSecond;
  s.tick();  // no Welcome so far: the Hello is said again
  s.frame(first_hello_answer);
  s.frame(s.broker.deliver({s.report(1), s.report(2)}, 2));
  s.answer({s.bank});
  s.acknowledge(2);
  s.frame(s.broker.welcome(0, 2));
  s.frame(s.broker.deliver({s.report(1), s.report(2)}, 2));
  CHECK(s.seqs() == Seqs{1, 2});
  CHECK(s.subscription.cursor() == Seq{2});
}

TEST_CASE("an unknown key: the roster is asked for once more, and its answer decides") {
  Scene s;
  s.live();
  const Author late{"power-b"};
  const auto first_query = s.query();
  s.broker.forget();
  s.frame(s.broker.deliver({report_entry(1, late.sign("停電")), s.report(2), report_entry(3, late.sign("復旧"))}, 3));
  CHECK(s.got.empty());
  REQUIRE(s.broker.last(Client::kQuery));
  CHECK(s.query() > first_query);

  SECTION("it knows the key now") {
    s.answer({s.bank, late});
    CHECK(s.seqs() == Seqs{1, 2, 3});
    CHECK(s.got[0].signature == client::Check::valid);
    CHECK(s.got[2].signature == client::Check::valid);
  }
  SECTION("it still does not: one query for all that waited") {
    s.answer({s.bank});
    s.broker.forget();
    s.tick();
    CHECK(s.seqs() == Seqs{1, 2, 3});
    CHECK(s.got[0].signature == client::Check::unknown_key);
    CHECK(s.got[1].signature == client::Check::valid);
    CHECK(s.got[2].signature == client::Check::unknown_key);
    CHECK_FALSE(s.broker.last(Client::kQuery));
  }
  SECTION("an answer to an earlier query decides nothing") {
    s.frame(s.broker.roster(first_query, {s.vouched(s.bank)}));
    CHECK(s.got.empty());
  }
  SECTION("no answer: asked again") {
    s.broker.forget();
    for (int i = 0; i < 6; ++i) {
      s.now = s.now + kSecond;
      s.frame(s.broker.beat(3, 3));
    }
    REQUIRE(s.broker.last(Client::kQuery));
    s.answer({s.bank, late});
    CHECK(s.seqs() == Seqs{1, 2, 3});
  }
  SECTION("the link is lost meanwhile: nothing is given twice or forgotten") {
    s.now = s.now + 4 * kSecond;
    REQUIRE(s.tick().lost);
    s.connect();
    CHECK(s.broker.last(Client::kHello)->hello().cursor() == 0);
    s.frame(s.broker.welcome(0, 3));
    s.frame(s.broker.deliver({report_entry(1, late.sign("停電")), s.report(2), report_entry(3, late.sign("復旧"))}, 3));
    s.answer({s.bank, late});
    CHECK(s.seqs() == Seqs{1, 2, 3});
  }
}

TEST_CASE("what is wrong with a report is told, and it is given all the same") {
  Scene s;
  s.live();
  auto altered = s.bank.sign("障害");
  altered.mutable_report()->append("\x72\x01x");  // one more field, behind the signature's back
  v1::SignedReport no_report = s.bank.sign("障害");
  no_report.set_report("\xff");
  s.broker.forget();
  s.frame(s.broker.deliver(
      {report_entry(1, altered), report_entry(2, no_report), test::entry_of(3, EntryKind::report, "\xff")}, 3));
  REQUIRE(s.seqs() == Seqs{1, 2, 3});
  for (const Delivery& delivery : s.got) CHECK(delivery.signature == client::Check::invalid);
  CHECK_FALSE(s.broker.last(Client::kQuery));  // no roster makes an altered report a good one
}

TEST_CASE("a damaged delivery ends the session before the cursor passes it") {
  Scene s;
  s.live();
  s.frame(s.broker.deliver({s.report(1)}, 1));
  s.acknowledge(1);

  v1::BrokerMessage damaged;
  damaged.mutable_deliver()->set_upto(9);
  damaged.mutable_deliver()->set_digest(true);
  SECTION("a digest that does not decompress") { damaged.mutable_deliver()->add_blocks()->set_zstd("no zstd frame"); }
  SECTION("a block that is no entries") { damaged.mutable_deliver()->add_blocks()->set_entries("\xff\xff"); }
  SECTION("an entry without its salt") {
    auto entry = s.report(2);
    entry.clear_salt();
    v1::LogEntries all;
    *all.add_entries() = entry;
    damaged.mutable_deliver()->add_blocks()->set_entries(all.SerializeAsString());
  }
  const auto out = s.frame(s.broker.seal(damaged));
  CHECK(out.damaged);
  CHECK(out.lost);
  CHECK_FALSE(s.subscription.live());
  s.frame(s.broker.beat(9, 9));  // what follows it is not believed
  CHECK(s.subscription.cursor() == Seq{1});

  s.connect();
  CHECK(s.broker.last(Client::kHello)->hello().cursor() == 1);
  s.frame(s.broker.welcome(1, 9));
  s.frame(s.broker.deliver({s.report(2)}, 9, true));
  CHECK(s.seqs() == Seqs{1, 2});
}

TEST_CASE("the blocks of a digest come apart by audience and are given in order, its end marked") {
  Scene s;
  s.live();
  v1::BrokerMessage message;
  message.mutable_deliver()->set_upto(4);
  message.mutable_deliver()->set_digest(true);
  for (const auto& seqs : {Seqs{2, 4}, Seqs{1, 3}}) {
    v1::LogEntries all;
    for (const auto seq : seqs) *all.add_entries() = s.report(seq);
    message.mutable_deliver()->add_blocks()->set_zstd(wire::compress(all.SerializeAsString()));
  }
  s.frame(s.broker.seal(message));
  REQUIRE(s.seqs() == Seqs{1, 2, 3, 4});
  CHECK(s.got[0].digest);
  CHECK_FALSE(s.got[2].digest_end);
  CHECK(s.got[3].digest_end);
}

TEST_CASE("what the broker says of its log, and its proofs, are handed on as they came") {
  Scene s;
  s.live();
  v1::BrokerMessage message;
  message.mutable_heartbeat()->set_checkpoint("a note");
  CHECK(s.frame(s.broker.seal(message)).checkpoint == "a note");
  CHECK(s.frame(s.broker.beat(0, 0)).checkpoint.empty());
  message.mutable_proof()->set_number(3);
  const auto out = s.frame(s.broker.seal(message));
  REQUIRE(out.answers.size() == 1);
  CHECK(out.answers[0].proof().number() == 3);
}

}  // namespace noroshi::subscriber
