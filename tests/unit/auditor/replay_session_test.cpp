#include "auditor/replay_session.h"

#include "tests/support/catch.h"
#include "tests/unit/subscriber/fake_broker.h"

namespace noroshi::auditor {

namespace {

using test::Author;
using test::FakeBroker;
using test::report_entry;
using Client = v1::ClientMessage;
using Seqs = std::vector<std::uint64_t>;

struct Scene {
  explicit Scene(ReplayOrder order = {}, std::uint32_t credit = 4)
      : session(registrar.public_key, std::move(order), "test", wire::random_bytes, credit) {}

  ReplaySession::Output take(ReplaySession::Output out) {
    broker.hear(out.send);
    for (const ReplayEntry& entry : out.entries) got.push_back(entry);
    ended += out.ended;
    return out;
  }
  ReplaySession::Output connect() { return take(session.connect(now)); }
  ReplaySession::Output frame(const Bytes& bytes) { return take(session.on_frame(bytes, now)); }
  void acknowledge(std::uint64_t seq) { broker.hear(session.acknowledge(Seq{seq})); }
  void lose_link() {
    now = now + 4 * kMicrosPerSecond;
    REQUIRE(take(session.on_tick(now)).lost);
  }
  void roster() {
    frame(broker.roster(broker.last(Client::kQuery)->query().number(), {wire::sign_member(registrar, bank.member())}));
  }
  void live(std::uint64_t head) {
    connect();
    frame(broker.welcome(0, head));
    roster();
  }
  const v1::Replay& asked() const { return broker.last(Client::kReplay)->replay(); }
  v1::LogEntry report(std::uint64_t seq) { return report_entry(seq, bank.sign("第" + std::to_string(seq) + "報")); }
  Seqs seqs() const {
    Seqs out;
    for (const ReplayEntry& entry : got) out.push_back(entry.entry.seq.value);
    return out;
  }

  wire::SigningKey registrar = wire::make_signing_key();
  Author bank{"bank-a"};
  FakeBroker broker;
  ReplaySession session;
  std::vector<ReplayEntry> got;
  int ended = 0;
  Micros now{1'000 * kMicrosPerSecond};
};

}  // namespace

TEST_CASE("a replay from the first entry to the head") {
  Scene s;
  s.live(3);
  CHECK_FALSE(s.broker.last(Client::kHello)->hello().subscribe());
  CHECK(s.asked().from() == 1);
  CHECK(s.asked().to() == 3);
  CHECK(s.asked().credit() == 4);
  s.frame(s.broker.chunk({s.report(1), s.report(2)}, 2));
  s.frame(s.broker.chunk({s.report(3)}, 3));
  CHECK(s.ended == 0);
  CHECK(s.frame(s.broker.end(3)).ended);
  CHECK(s.seqs() == Seqs{1, 2, 3});
  CHECK(s.got[0].signature == client::Check::valid);
  CHECK(s.got[0].entry.leaf == wire::leaf_of(s.got[0].entry.salt, s.got[0].entry.body));
}

TEST_CASE("an empty log, or nothing that matches, ends too") {
  Scene s;
  s.live(0);
  CHECK(s.frame(s.broker.end(0)).ended);
  CHECK(s.got.empty());
}

TEST_CASE("after a lost link it goes on without gap or double") {
  ReplayOrder order;
  order.from = Seq{2};
  order.topics = {"C"};
  order.kinds = {v1::LogEntry::REPORT};
  Scene s(order);
  s.live(9);
  s.frame(s.broker.chunk({s.report(2), s.report(4)}, 5));
  s.acknowledge(2);

  SECTION("silence") {
    s.lose_link();
    s.connect();
  }
  SECTION("the broker wants a Hello") { s.frame(FakeBroker::hello_required()); }
  s.broker.forget();
  s.frame(s.broker.welcome(0, 20));  // the log has grown meanwhile
  CHECK(s.asked().from() == 6);      // 5 holds nothing of ours, the broker has said
  CHECK(s.asked().to() == 9);        // the head when first asked
  CHECK(s.asked().topics(0) == "C");
  CHECK(s.asked().kinds(0) == v1::LogEntry::REPORT);
  s.frame(s.broker.chunk({s.report(4), s.report(6)}, 6));  // one double, for good measure
  s.frame(s.broker.chunk({s.report(9)}, 9));
  s.frame(s.broker.end(9));
  CHECK(s.seqs() == Seqs{2, 4, 6, 9});
  CHECK(s.ended == 1);
}

TEST_CASE("a link lost at every step gives the same entries") {
  for (int at = 0; at < 5; ++at) {
    INFO("lost after step " << at);
    Scene s;
    const std::vector<v1::LogEntry> log{s.report(1), s.report(2), s.report(3)};
    for (int session = 0; s.ended == 0 && session < 3; ++session) {
      s.broker.forget();
      s.connect();
      s.frame(s.broker.welcome(0, 3));
      if (session == 0 && at == 0) {
        s.lose_link();
        continue;
      }
      REQUIRE(s.broker.last(Client::kReplay));
      const std::uint64_t from = s.asked().from();
      s.roster();
      if (session == 0 && at == 1) {
        s.lose_link();
        continue;
      }
      for (std::uint64_t seq = from; seq <= 3; ++seq) {
        s.frame(s.broker.chunk({log[seq - 1]}, seq));
        if (session == 0 && at == static_cast<int>(seq) + 1) break;
        s.acknowledge(seq);
      }
      if (session == 0 && at > 1) {
        s.lose_link();
        continue;
      }
      s.frame(s.broker.end(3));
    }
    CHECK(s.seqs() == Seqs{1, 2, 3});
    CHECK(s.ended == 1);
  }
}

TEST_CASE("redacted entries and other kinds keep their place") {
  Scene s;
  s.connect();
  s.frame(s.broker.welcome(0, 4));
  v1::PostureChange posture;
  posture.set_posture("heightened");
  const auto hidden = s.report(2);
  const Author late{"power-b"};
  s.frame(s.broker.chunk(
      {s.report(1), test::redacted(hidden), test::entry_of(3, EntryKind::posture, posture.SerializeAsString()),
       test::entry_of(4, EntryKind::member, wire::sign_member(s.registrar, late.member()).SerializeAsString())},
      4));
  CHECK(s.got.empty());  // the roster is not there yet, and order is kept
  s.frame(s.broker.end(4));
  CHECK(s.ended == 0);
  s.roster();
  CHECK(s.seqs() == Seqs{1, 2, 3, 4});
  CHECK(s.ended == 1);
  CHECK(s.got[1].redacted);
  CHECK(s.got[1].entry.body.empty());
  CHECK(s.got[1].entry.leaf == wire::from_wire(hidden).leaf);
  CHECK(s.got[2].entry.kind == EntryKind::posture);
  CHECK(s.got[3].signature == client::Check::valid);
}

TEST_CASE("members met in the log vouch for what they sign later on; forged ones do not") {
  Scene s;
  s.live(4);
  const Author late{"power-b"};
  const Author forged{"gas-c"};
  s.frame(s.broker.chunk(
      {test::entry_of(1, EntryKind::member, wire::sign_member(s.registrar, late.member()).SerializeAsString()),
       report_entry(2, late.sign("停電")),
       test::entry_of(3, EntryKind::member, wire::sign_member(late.key, forged.member()).SerializeAsString()),
       report_entry(4, forged.sign("漏洩"))},
      4));
  s.roster();  // asked for once more: the key of 4 is unknown
  REQUIRE(s.seqs() == Seqs{1, 2, 3, 4});
  CHECK(s.got[0].signature == client::Check::valid);
  CHECK(s.got[1].signature == client::Check::valid);
  CHECK(s.got[2].signature == client::Check::invalid);
  CHECK(s.got[3].signature == client::Check::unknown_key);
}

TEST_CASE("bounds by time are sent as times, and held here too") {
  ReplayOrder order;
  order.from_time = Micros{2 * kMicrosPerSecond};
  order.to_time = Micros{3 * kMicrosPerSecond};
  Scene s(order);
  s.live(4);
  CHECK(s.asked().from() == 0);
  CHECK(s.asked().from_time_us() == 2 * kMicrosPerSecond);
  CHECK(s.asked().to() == 0);
  CHECK(s.asked().to_time_us() == 3 * kMicrosPerSecond);
  s.frame(s.broker.chunk({s.report(1), s.report(2)}, 2));
  s.lose_link();
  s.connect();
  s.frame(s.broker.welcome(0, 4));
  CHECK(s.asked().from() == 3);
  CHECK(s.asked().to_time_us() == 3 * kMicrosPerSecond);
  s.frame(s.broker.chunk({s.report(3), s.report(4)}, 4));
  s.frame(s.broker.end(4));
  CHECK(s.seqs() == Seqs{2, 3});
  CHECK(s.ended == 1);
}

TEST_CASE("credit comes back for what is acknowledged") {
  Scene s;
  s.live(9);
  s.broker.forget();
  s.frame(s.broker.chunk({s.report(1), s.report(2)}, 5));
  s.acknowledge(1);
  CHECK_FALSE(s.broker.last(Client::kCredit));
  s.acknowledge(2);
  REQUIRE(s.broker.last(Client::kCredit));
  CHECK(s.broker.last(Client::kCredit)->credit().more() == 2);
  CHECK(s.broker.last(Client::kCredit)->credit().cursor() == 5);  // so that the broker lets go of the whole chunk
}

TEST_CASE("a heartbeat tells how far the broker has looked") {
  Scene s;
  s.live(9);
  CHECK_FALSE(s.frame(s.broker.beat(0, 9)).progress);
  CHECK(s.frame(s.broker.beat(4, 9)).progress);
  CHECK(s.session.reached() == Seq{4});
}

TEST_CASE("a damaged entry, a refusal, a shorter log") {
  Scene s;
  s.live(3);
  SECTION("damage ends it") {
    auto entry = s.report(1);
    entry.set_salt("short");
    const auto out = s.frame(s.broker.chunk({entry}, 3));
    CHECK(out.damaged);
    CHECK_FALSE(out.lost);
    CHECK(s.session.reached() == Seq{0});
  }
  SECTION("not permitted is for good") {
    CHECK(s.frame(FakeBroker::refused(Reason::not_permitted)).refused == Reason::not_permitted);
  }
  SECTION("shutting down is for now") {
    const auto out = s.frame(FakeBroker::refused(Reason::shutting_down));
    CHECK_FALSE(out.refused);
    CHECK(out.lost);
  }
  SECTION("a log that ends before what it has sent") {
    s.frame(s.broker.chunk({s.report(1), s.report(2)}, 2));
    s.frame(FakeBroker::hello_required());
    CHECK(s.frame(s.broker.welcome(0, 1)).log_shortened);
  }
}

}  // namespace noroshi::auditor
