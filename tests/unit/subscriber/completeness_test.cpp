// The broker's signed word on what it has sent, against what came.
#include "proto/tlog/completeness.h"

#include "tests/unit/subscriber/subscription_scene.h"

namespace noroshi::subscriber {

using namespace noroshi::test;

namespace {

struct Promised : Scene {
  Promised() { live(0, 2); }
  // What an honest broker says after it has sent these.
  v1::Completeness word(const std::vector<v1::LogEntry>& sent, std::uint64_t upto) const {
    tlog::Tally tally;
    for (const v1::LogEntry& each : sent) tally.add(wire::from_wire(each));
    v1::Completeness out;
    out.set_origin("broker");
    out.add_topics("*");
    out.set_upto(upto);
    out.set_count(tally.count());
    out.set_chain(std::string(tlog::octets(tally.chain())));
    return out;
  }
  Subscription::Output says(const v1::Completeness& word, const wire::SigningKey& key) {
    return frame(broker.beat(tlog::sign_completeness(key, word), word.upto(), word.upto()));
  }
  const v1::LogEntry first = report(1), second = report(2);
};

}  // namespace

TEST_CASE("a word that fits is handed on, as it was signed") {
  Promised s;
  s.frame(s.broker.deliver({s.first}, 1));
  s.frame(s.broker.deliver({s.second}, 2));
  const auto out = s.says(s.word({s.first, s.second}, 2), s.log);
  REQUIRE(out.complete);
  CHECK(tlog::open_completeness(s.log.public_key, *out.complete)->count() == 2);
  CHECK_FALSE(out.incomplete);
  CHECK(s.subscription.horizon() == Seq{2});
}

TEST_CASE("a session that begins anew counts anew") {
  Promised s;
  s.frame(s.broker.deliver({s.first}, 1));
  s.acknowledge(1);
  s.frame(FakeBroker::hello_required());
  s.frame(s.broker.welcome(1, 2));
  s.frame(s.broker.deliver({s.second}, 2));
  v1::Completeness word = s.word({s.second}, 2);
  word.set_after(1);
  CHECK(s.says(word, s.log).complete);
}

TEST_CASE("a word that does not fit what came ends the session, and what lacks is asked for again") {
  struct Row {
    const char* what;
    void (*spoil)(Promised& s, v1::Completeness& word);
  };
  for (const Row& row : {Row{"one withheld",
                             [](Promised&s, v1::Completeness&w) {
                               w = s.word({s.first, s.second}, 2);
                             }},
                         Row{"one slipped in", [](Promised&s, v1::Completeness&w) { w = s.word({}, 2); }},
                         Row{"another one", [](Promised&s, v1::Completeness&w) { w = s.word({s.second}, 2); }},
                         Row{"further than came", [](Promised&, v1::Completeness&w) { w.set_after(1); }},
                         Row{"other topics", [](Promised&, v1::Completeness&w) { w.set_topics(0, "C"); }}}) {
    INFO(row.what);
    Promised s;
    s.frame(s.broker.deliver({s.first}, 1));
    v1::Completeness word = s.word({s.first}, 2);
    row.spoil(s, word);
    const auto out = s.says(word, s.log);
    CHECK(out.incomplete);
    CHECK(out.lost);
    CHECK_FALSE(out.complete);
    CHECK_FALSE(s.subscription.live());
  }
}

TEST_CASE("another key's word is none") {
  Promised s;
  CHECK(s.says(s.word({}, 0), wire::make_signing_key()).incomplete);
}

}  // namespace noroshi::subscriber
