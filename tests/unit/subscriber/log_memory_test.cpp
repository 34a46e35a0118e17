// The rules by which a subscriber holds the broker's log against what it remembers of it.
#include "subscriber/log_memory.h"

#include "subscriber/checkpoint_compare.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/forking_log.h"
#include "tests/unit/subscriber/log_promises.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

constexpr std::int64_t kSecond = kMicrosPerSecond;

// A daemon's memory and a broker with a log, in a session that stands.
struct Watch {
  explicit Watch(std::size_t size) : log(size) { memory.connected(now); }

  LogMemory::Output hear(std::size_t size) { return memory.heard(log.note(size), now); }
  LogMemory::Output hear() { return hear(log.size()); }
  // Asks and answers until there is nothing to ask. The sizes that were asked about.
  std::vector<std::uint64_t> asked() {
    std::vector<std::uint64_t> out;
    while (const auto query = memory.question(now)) {
      out.push_back(query->proof().size());
      last = memory.answered(log.answer(*query), now);
      if (last.fork) break;
    }
    return out;
  }
  std::uint64_t proven() const { return memory.proven() ? memory.proven()->head.size : 0; }

  ForkingLog log;
  LogMemory memory{log.verifier()};
  LogMemory::Output last;
  Micros now{1'000 * kSecond};
};

using Sizes = std::vector<std::uint64_t>;

std::uint64_t size_of(const std::string& note) { return tlog::parse_checkpoint(tlog::parse_note(note)->text)->size; }

}  // namespace

TEST_CASE("the memory of the log keeps its promises") {
  CHECK(two_roots_of_one_size_are_an_alarm());
  CHECK(a_log_that_lost_entries_is_an_alarm());
  CHECK(a_rewritten_past_is_an_alarm());
  CHECK(a_dropped_entry_is_an_alarm());
}

TEST_CASE("the first checkpoint is remembered; a larger one only once it is proven") {
  Watch w(7);
  CHECK_FALSE(w.memory.heard("", w.now).learnt);
  CHECK(w.hear().learnt);
  CHECK(w.asked().empty());
  w.log.grow(12);
  CHECK_FALSE(w.hear().learnt);
  CHECK(w.proven() == 7);
  CHECK(w.asked() == Sizes{7});
  CHECK(w.last.learnt);
  CHECK(w.proven() == 12);
  CHECK_FALSE(w.memory.claimed());
}

TEST_CASE("of a log that grows on and on a proof is asked when a session stands, and then now and then") {
  Watch w(3);
  w.hear();
  std::size_t questions = 0;
  for (int second = 0; second < 3600; ++second) {
    w.now = w.now + kSecond;
    w.log.grow(w.log.size() + 1);
    w.hear();
    questions += w.asked().size();
  }
  CHECK(questions <= 2 * 13);
  CHECK(questions >= 12);
  CHECK(w.proven() + 301 >= w.log.size());
}

TEST_CASE("lanes that tell one after the other are no alarm, and ask for nothing") {
  Watch w(9);
  w.hear();
  w.log.grow(20);
  w.hear(15);
  CHECK(w.asked() == Sizes{9, 15});
  CHECK(w.proven() == 20);
  w.hear(18);
  CHECK(w.asked().empty());
  w.now = w.now + kSecond;
  w.hear(20);
  w.now = w.now + 60 * kSecond;
  CHECK(w.asked().empty());
}

TEST_CASE("what stays smaller is asked about, and held against the log itself") {
  Watch w(9);
  w.hear();
  w.hear(4);
  CHECK(w.asked() == Sizes{9, 4});
  CHECK_FALSE(w.last.fork);
  // A broker that proves one log and shows the beginning of another.
  Watch other(9);
  other.hear();
  other.memory.heard(other.log.forked_at(2).note(4), other.now);
  CHECK(other.asked() == Sizes{9, 4});
  REQUIRE(other.last.fork);
  CHECK(other.last.fork->breach == Breach::rewritten);
}

TEST_CASE("what was signed and not yet proven counts, too: a log put back to the time between") {
  Watch w(9);
  w.hear();
  w.log.grow(20);
  w.hear();
  w.log.cut(14);
  w.memory.connected(w.now);
  w.hear();
  CHECK(w.asked() == Sizes{9, 20});
  REQUIRE(w.last.fork);
  CHECK(w.last.fork->breach == Breach::rewound);
  CHECK(size_of(w.last.fork->known) == 20);
  CHECK(size_of(w.last.fork->shown) == 14);
}

TEST_CASE("and a log put back there that has grown past it since, however often the connection is lost meanwhile") {
  Watch w(9);
  w.hear();
  w.log.grow(20);
  w.hear();
  w.log = w.log.forked_at(14);
  w.log.grow(70);
  for (int connection = 0; connection < 2; ++connection) {
    w.memory.connected(w.now);
    w.hear();
  }
  CHECK(w.asked() == Sizes{9, 20});
  REQUIRE(w.last.fork);
  CHECK(w.last.fork->breach == Breach::rewritten);
}

TEST_CASE("a lane that shows the log before the questions' own lane is connected does not replace what was kept") {
  Watch w(9);
  const std::string heard = (w.log.grow(20), w.log.note());
  REQUIRE(w.memory.restore(w.log.note(9), heard, false));
  w.log = w.log.forked_at(14);
  w.log.grow(70);
  w.hear();
  w.memory.connected(w.now);
  CHECK(w.asked() == Sizes{9, 20});
  REQUIRE(w.last.fork);
  CHECK(w.last.fork->known == heard);
}

TEST_CASE("two that were only claimed contradict each other, too") {
  Watch w(9);
  w.hear();
  w.log.grow(20);
  w.hear();
  const auto out = w.memory.heard(w.log.forked_at(15).note(), w.now);
  REQUIRE(out.fork);
  CHECK(out.fork->breach == Breach::split);
}

TEST_CASE("an alarm is given once, and then nothing more is believed or asked") {
  Watch w(9);
  w.hear();
  const ForkingLog other = w.log.forked_at(3);
  CHECK(w.memory.heard(other.note(), w.now).fork);
  CHECK(w.memory.forked());
  w.memory.connected(w.now);
  w.log.grow(30);
  CHECK_FALSE(w.memory.heard(other.note(5), w.now).fork);
  CHECK_FALSE(w.hear().learnt);
  CHECK(w.asked().empty());
  CHECK(w.proven() == 9);
}

TEST_CASE("a question without an answer is asked again, and people hear of it") {
  Watch w(9);
  w.hear();
  w.log.grow(12);
  w.hear();
  const auto first = w.memory.question(w.now);
  REQUIRE(first);
  CHECK_FALSE(w.memory.question(w.now + kSecond));
  const auto again = w.memory.question(w.now + 11 * kSecond);
  REQUIRE(again);
  CHECK(again->number() != first->number());
  CHECK_FALSE(w.memory.answered(w.log.answer(*first), w.now).learnt);  // of the former number
  v1::ProofAnswer unsigned_answer = w.log.answer(*again);
  unsigned_answer.set_checkpoint(ForkingLog(12).note());
  CHECK_FALSE(w.memory.answered(unsigned_answer, w.now).fork);
  CHECK_FALSE(w.memory.unproven_since(w.now + 60 * kSecond));
  CHECK(w.memory.unproven_since(w.now + 61 * kSecond) == w.now);
  CHECK(w.memory.answered(w.log.answer(*again), w.now).learnt);
  CHECK_FALSE(w.memory.unproven_since(w.now + 1000 * kSecond));
}

TEST_CASE("a checkpoint of another key says nothing, and people hear of it if it goes on") {
  Watch w(9);
  w.hear();
  w.memory.heard(ForkingLog(3).note(), w.now);
  CHECK(w.proven() == 9);
  CHECK(w.asked().empty());
  CHECK(w.memory.unproven_since(w.now + 61 * kSecond));
  w.hear(9);
  CHECK_FALSE(w.memory.unproven_since(w.now + 61 * kSecond));
}

TEST_CASE("what was kept is remembered, under the same key") {
  Watch before(9);
  before.log.grow(20);
  Watch w(9);
  CHECK_FALSE(w.memory.restore(before.log.note(), std::nullopt, false));
  CHECK_FALSE(w.memory.proven());
  LogMemory memory(before.log.verifier());
  CHECK(memory.restore(before.log.note(9), before.log.note(20), false));
  CHECK(memory.proven()->head.size == 9);
  CHECK(memory.claimed()->head.size == 20);
  CHECK(memory.restore(before.log.note(9), std::nullopt, true));
  CHECK(memory.forked());
  CHECK_FALSE(memory.claimed());
}

TEST_CASE("what was delivered is looked for with each connection, and then only if something came") {
  Watch w(9);
  w.hear();
  const auto seq = [&]() -> std::uint64_t {
    const auto query = w.memory.question(w.now);
    if (!query) return 0;
    w.last = w.memory.answered(w.log.answer(*query), w.now);
    return query->proof().seq();
  };
  w.memory.delivered({Seq{6}, w.log.leaf(6)});
  CHECK(seq() == 6);
  w.memory.delivered({Seq{8}, w.log.leaf(8)});
  w.memory.delivered({Seq{7}, w.log.leaf(7)});  // on the other lane; the log that has #8 has it, too
  CHECK(seq() == 0);
  w.now = w.now + 300 * kSecond;
  CHECK(seq() == 8);
  w.now = w.now + 300 * kSecond;
  CHECK(seq() == 0);
  w.memory.connected(w.now);
  CHECK(seq() == 8);
  w.memory.connected(w.now);
  w.memory.delivered({Seq{9}, w.log.leaf(6)});
  CHECK(seq() == 8);
  CHECK(seq() == 9);
  REQUIRE(w.last.fork);
  CHECK(w.last.fork->breach == Breach::dropped);
  CHECK(w.last.fork->entry == TreeEntry{Seq{9}, w.log.leaf(6)});
  CHECK(size_of(w.last.fork->known) == 9);
}

TEST_CASE("what each connection delivered last is looked for until it is found, and can be kept meanwhile") {
  Watch w(9);
  w.hear();
  const TreeEntry lost{Seq{7}, w.log.leaf(6)}, other{Seq{8}, w.log.leaf(8)};
  w.memory.delivered(lost);
  w.memory.connected(w.now);
  w.memory.delivered(other);
  w.memory.connected(w.now);
  w.memory.connected(w.now);
  CHECK(w.memory.sought() == std::vector{lost, other});
  LogMemory later(w.log.verifier());
  later.restore(w.log.note(), std::nullopt, false);
  for (const TreeEntry& each : w.memory.sought()) later.seek(each);
  const auto query = later.question(w.now);
  REQUIRE(query);
  CHECK(later.answered(w.log.answer(*query), w.now).fork->entry == lost);

  Watch honest(9);
  honest.hear();
  honest.memory.delivered({Seq{9}, honest.log.leaf(9)});
  honest.memory.connected(honest.now);
  honest.last = honest.memory.answered(honest.log.answer(*honest.memory.question(honest.now)), honest.now);
  CHECK_FALSE(honest.last.fork);
  CHECK(honest.memory.sought().empty());
}

TEST_CASE("the question names the entry that was delivered, so that not to know of it is no answer") {
  Watch w(9);
  w.hear();
  w.memory.delivered({Seq{9}, w.log.leaf(9)});
  const auto query = w.memory.question(w.now);
  const Hash leaf = w.log.leaf(9);
  CHECK(query->proof().leaf() == std::string(leaf.begin(), leaf.end()));
  v1::ProofAnswer answer = w.log.answer(*query);
  answer.set_known(false);
  const auto out = w.memory.answered(answer, w.now);
  REQUIRE(out.fork);
  CHECK(out.fork->breach == Breach::dropped);
}

TEST_CASE("comparing with another's checkpoint") {
  ForkingLog log(30);
  std::size_t questions = 0;
  const auto against = [&](const ForkingLog& theirs, std::size_t size, std::size_t growth = 0) {
    const auto ask = [&](std::uint64_t known) {
      ++questions;
      v1::Query query;
      query.mutable_proof()->set_size(known);
      v1::ProofAnswer answer = log.answer(query);
      if (questions % 4 == 1) log.grow(log.size() + growth);
      return answer;
    };
    return compare(*open_head(log.note(20), log.verifier()), *open_head(theirs.note(size), log.verifier()),
                   log.verifier(), Micros{}, ask);
  };
  const Comparison same = against(log, 20);
  CHECK((!same.fork && !same.tip));
  CHECK(questions == 0);
  CHECK(against(log.forked_at(10), 20).fork->breach == Breach::split);
  CHECK(questions == 0);
  CHECK(against(log, 25).tip->head.size == 30);
  CHECK(against(log, 5).tip->head.size == 30);
  CHECK(against(log.forked_at(10), 25).fork->breach == Breach::rewritten);
  CHECK(against(log.forked_at(10), 11).fork->breach == Breach::rewritten);
  CHECK(against(log, 7, 1).tip->head.size > 30);  // it grows between the two questions
  ForkingLog longer = log;
  longer.grow(100);
  CHECK(against(longer, 100).fork->breach == Breach::rewound);
}

}  // namespace noroshi::test
