// Which reports the broker keeps in mind to see who has confirmed them.
#include "broker/core/confirmations.h"

#include <array>
#include <random>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/core_world.h"

using namespace noroshi;
using namespace noroshi::test;

namespace {

Record reported(std::uint64_t seq) {
  Record record;
  record.entry.seq = Seq{seq};
  record.entry.kind = EntryKind::report;
  record.content = report_of("r" + std::to_string(seq), cast::hatsuden());
  return record;
}

ReportId id(std::uint64_t seq) { return reported(seq).report()->id; }

Record reported(std::uint64_t seq, Relation relation, std::uint64_t to) {
  Record record = reported(seq);
  Report report = *record.report();
  report.relates_to = RelatesTo{id(to), relation};
  record.content = report;
  return record;
}

Record said(Receipt receipt) {
  Record record;
  record.entry.kind = EntryKind::receipt;
  record.content = std::move(receipt);
  return record;
}

constexpr Relation kUpdate = Relation::update;
constexpr Relation kCorrection = Relation::correction;
constexpr Relation kCancel = Relation::cancel;

// Reports 2, 3, … and what they are to which earlier one. Report 1 is to none.
using Thread = std::vector<std::pair<Relation, std::uint64_t>>;

std::string words(const std::optional<core::Withdrawal>& withdrawn) {
  return withdrawn ? std::string(name_of(withdrawn->relation)) + " " + withdrawn->report.value : "stands";
}

std::string words(Relation relation, std::uint64_t by) { return words(core::Withdrawal{id(by), relation}); }

struct Folded {
  explicit Folded(const Thread& thread) {
    confirmations.fold(reported(1));
    for (std::uint64_t seq = 2; seq < thread.size() + 2; ++seq)
      confirmations.fold(reported(seq, thread[seq - 2].first, thread[seq - 2].second));
  }
  std::string of(std::uint64_t seq) const { return words(confirmations.find(id(seq))->withdrawn); }
  bool waited_for(std::uint64_t seq) const { return confirmations.find(id(seq))->waited_for(kStart); }
  core::Confirmations confirmations;
};

// From its followers down, each time anew.
Standing standing_of(std::uint64_t seq, const Thread& thread) {
  Standing standing;
  for (std::uint64_t later = thread.size() + 1; later > seq && later > 1; --later)
    if (const auto [relation, to] = thread[later - 2]; to == seq)
      standing.followed_by(relation, {Micros{}, Seq{later}}, standing_of(later, thread));
  return standing;
}

}  // namespace

TEST_CASE("the oldest report is the one that is forgotten, and what is said of it is news again") {
  core::Confirmations confirmations;
  const std::uint64_t most = limits::kOpenConfirmations;
  const Receipt of_the_first{"bank", Stage::delivered, {id(1)}, {}, {}, kStart};
  CHECK(confirmations.says_something_new(of_the_first));  // of one that is not known
  for (std::uint64_t seq = 1; seq <= most; ++seq) confirmations.fold(reported(seq));
  REQUIRE(confirmations.find(id(1)));
  confirmations.fold(said(of_the_first));
  CHECK_FALSE(confirmations.says_something_new(of_the_first));
  confirmations.fold(reported(most + 1));
  CHECK_FALSE(confirmations.find(id(1)));
  CHECK(confirmations.find(id(2)));
  CHECK(confirmations.find(id(most + 1)));
  CHECK(confirmations.newest(most + 1).size() == most);
  CHECK(confirmations.says_something_new(of_the_first));
}

TEST_CASE("who has said anything has been heard from, whether or not its report is still known") {
  core::Confirmations confirmations;
  CHECK(confirmations.heard_from().empty());
  confirmations.fold(reported(1));
  confirmations.fold(said({"bank", Stage::delivered, {id(1)}, {}, {}, kStart}));
  confirmations.fold(said({"hatsuden", Stage::delivered, {id(9)}, {}, {}, kStart}));
  CHECK(confirmations.heard_from() == std::set<std::string>{"bank", "hatsuden"});
}

TEST_CASE("what was withdrawn or corrected says by which report, by all of its thread, and who waits goes by that") {
  CHECK(Folded({}).of(1) == "stands");
  for (const Relation harmless : {kUpdate, Relation::comment, Relation::summary, Relation::reference})
    CHECK(Folded({{harmless, 1}}).of(1) == "stands");
  CHECK(Folded({{kCorrection, 1}}).of(1) == words(kCorrection, 2));
  CHECK(Folded({{kCorrection, 1}}).waited_for(1));
  const Folded cancelled({{kCancel, 1}, {kCorrection, 1}});
  CHECK(cancelled.of(1) == words(kCancel, 2));
  CHECK_FALSE(cancelled.waited_for(1));
  CHECK(cancelled.waited_for(2));
  const Folded replaced({{kUpdate, 1}, {kUpdate, 2}, {kCancel, 3}});
  CHECK(replaced.of(1) == words(kCancel, 4));
  CHECK_FALSE(replaced.waited_for(1));
  const Folded and_again({{kUpdate, 1}, {kUpdate, 2}, {kCancel, 3}, {kUpdate, 1}});
  CHECK(and_again.of(1) == "stands");
  CHECK(and_again.of(2) == words(kCancel, 4));
  CHECK(and_again.waited_for(1));
  CHECK(Folded({{kCorrection, 1}, {kCorrection, 1}, {kCancel, 3}}).of(1) == words(kCorrection, 2));
}

TEST_CASE("what is not for everyone who may have a report takes nothing from the others") {
  core::Confirmations confirmations;
  confirmations.fold(reported(1));
  for (Record record : {reported(2, kUpdate, 1), reported(3, kCancel, 2)}) {
    record.content = labelled(*record.report(), "AMBER", {{"electricity"}, {}, {}});
    confirmations.fold(record);
  }
  CHECK(words(confirmations.find(id(2))->withdrawn) == words(kCancel, 3));
  CHECK(words(confirmations.find(id(1))->withdrawn) == "stands");
  CHECK(confirmations.find(id(1))->waited_for(kStart));
}

TEST_CASE("folded one by one a thread says what it says as a whole") {
  std::mt19937 chance(4);
  const auto below = [&](std::uint64_t most) { return chance() % most; };
  std::size_t withdrawn = 0;
  for (int round = 0; round < 300; ++round) {
    Thread thread;
    for (std::uint64_t seq = 2; seq < 20; ++seq)
      thread.emplace_back(std::array{kUpdate, kUpdate, kCorrection, kCancel, Relation::comment}[below(5)],
                          1 + below(seq - 1));
    const Folded folded(thread);
    for (std::uint64_t seq = 1; seq < 20; ++seq) {
      const auto verdict = standing_of(seq, thread).verdict();
      INFO("round " << round << ", report " << seq);
      CHECK(folded.of(seq) == (verdict ? words(verdict->relation, verdict->by.second.value) : "stands"));
      withdrawn += verdict.has_value();
    }
  }
  CHECK(withdrawn > 500);
}

TEST_CASE("a thread whose begin is forgotten goes on without it") {
  core::Confirmations confirmations;
  for (std::uint64_t seq = 1; seq <= limits::kOpenConfirmations; ++seq) confirmations.fold(reported(seq));
  const std::uint64_t last = limits::kOpenConfirmations;
  confirmations.fold(reported(last + 1, kUpdate, 1));  // takes the place of what it follows in both senses
  confirmations.fold(reported(last + 2, kCancel, last + 1));
  confirmations.fold(reported(last + 3, kCancel, 1));
  CHECK_FALSE(confirmations.find(id(1)));
  CHECK(words(confirmations.find(id(last + 1))->withdrawn) == words(kCancel, last + 2));
}
