// What is remembered of the log, and its alarm, outlives the daemon; an inbox of before learns to remember.
#include "subscriber/log_book.h"

#include <fstream>
#include <sstream>

#include "proto/tlog/entry_leaf.h"
#include "subscriber/inbox_schema.h"
#include "subscriber/lane_state.h"
#include "subscriber/log_watch.h"
#include "subscriber/sinks.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/inbox_scene.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

const Fork kFork{Breach::rewound, "known note\n", "shown note\n", Micros{7 * kMicrosPerSecond}};

std::string content(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("the proven checkpoint is kept, and what was claimed beside it") {
  const InboxScene scene;
  scene.make();
  CHECK_FALSE(LogBook(scene.folder()).page());
  LogBook(scene.folder()).proven("first", Micros{1});
  LogBook(scene.folder()).claimed("larger", Micros{3});
  LogBook(scene.folder()).proven("second", Micros{2});
  auto page = LogBook(scene.folder()).page();
  REQUIRE(page);
  CHECK(page->proven == "second");
  CHECK(page->proven_at == Micros{2});
  CHECK(page->claimed == "larger");
  CHECK(page->unproven_since == Micros{3});
  LogBook(scene.folder()).claimed(std::nullopt, std::nullopt);
  page = LogBook(scene.folder()).page();
  CHECK_FALSE(page->claimed);
  CHECK_FALSE(page->unproven_since);
}

TEST_CASE(
    "what is looked for in the log is kept, unless it rots or the log is believed anew; the farthest counts as the "
    "last") {
  const InboxScene scene;
  scene.make();
  const auto deliveries = batch(1, 3);
  std::vector<TreeEntry> all;
  for (const Delivery& each : deliveries) all.push_back({each.entry.seq, tlog::leaf_hash(each.entry)});
  scene.inbox().store(Lane::urgent, {deliveries[0], deliveries[2]}, Micros{1});
  scene.inbox().store(Lane::batched, {deliveries[1]}, Micros{1});
  LogBook book(scene.folder());
  CHECK(book.last_delivered() == all[2]);
  book.seek({all[2], all[0], {Seq{2}, Hash{7}}});  // the last is none of the inbox
  CHECK(LogBook(scene.folder()).sought() == std::vector{all[0], all[2]});
  book.seek({all[1], all[2]});
  scene.folder().open(Durable::at_once)->run("UPDATE entries SET recorded_at = 5 WHERE seq = 2");
  CHECK(book.sought() == std::vector{all[2]});
  book.alarm(kFork, Lane::urgent);
  book.accept(Micros{9});
  CHECK(book.sought().empty());
  CHECK_FALSE(book.last_delivered());
}

TEST_CASE("an alarm stands until it is accepted; then the log is believed as it was shown") {
  const InboxScene scene;
  scene.make();
  LogBook book(scene.folder());
  CHECK_FALSE(book.accept(Micros{9}));
  book.proven("known note\n", Micros{1});
  book.claimed("larger", std::nullopt);
  const Fork alarm = book.alarm(kFork, Lane::batched);
  const std::string evidence = content(alarm.evidence);
  CHECK(evidence.find("known note\\n") != std::string::npos);
  CHECK(evidence.find("shown note\\n") != std::string::npos);
  CHECK((fs::status(alarm.evidence).permissions() & fs::perms::mask) ==
        (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(LogBook(scene.folder()).open_fork() == alarm);

  CHECK(LogBook(scene.folder()).accept(Micros{9}) == alarm);
  CHECK_FALSE(book.open_fork());
  CHECK(book.page()->proven == "shown note\n");
  CHECK_FALSE(book.page()->claimed);
  CHECK(content(alarm.evidence) == evidence);
}

TEST_CASE("sinks hear of an alarm, and of a link as before") {
  const InboxScene scene;
  scene.make();
  LaneStates states(scene.folder().open(Durable::in_time));
  CHECK(states.tell(Lane::batched, false, Micros{1}));
  const Fork alarm = LogBook(scene.folder()).alarm(kFork, Lane::batched);
  CHECK_FALSE(states.tell(Lane::batched, false, Micros{2}));  // it was told of this loss
  CHECK(states.tell(Lane::batched, true, Micros{3}));
  scene.folder().open(Durable::at_once)->run("INSERT INTO sinks(sink, stream, cursor) VALUES('s', 3, 0)");
  const auto parcels = SinkQueue(scene.folder().open(Durable::in_time), "s", Stream::links).next(9);
  REQUIRE(parcels.size() == 3);
  CHECK_FALSE(parcels[0].link.fork);
  CHECK(parcels[1].link.fork == alarm);
  CHECK(parcels[1].json.find(R"("event":"log_forked")") != std::string::npos);
  CHECK(parcels[1].json.find(R"("known":"known note\n")") != std::string::npos);
  CHECK(parcels[2].link.event == "link_back");
}

TEST_CASE("an inbox of every version before is brought up to date, with what is in it") {
  for (std::size_t version = 1; version < kInboxMigrations.size(); ++version) {
    const InboxScene scene;
    fs::create_directory(scene.path() / "inbox");
    fs::permissions(scene.path() / "inbox", fs::perms::owner_all);
    {
      Database database(scene.path() / "inbox" / "inbox.sqlite", Durable::at_once, Database::IfMissing::create);
      for (std::size_t step = 0; step < version; ++step) database.run(kInboxMigrations[step]);
      database.run("PRAGMA application_id=" + std::to_string(kInboxId));
      database.run("PRAGMA user_version=" + std::to_string(version));
      database.run("INSERT INTO lanes(lane, cursor) VALUES(1, 17)");
      database.run("INSERT INTO events(at, lane, event) VALUES(1, 1, 'link_lost')");
    }
    scene.make();
    CHECK(scene.inbox().cursor(Lane::urgent) == Seq{17});
    LogBook book(scene.folder());
    CHECK_FALSE(book.page());
    book.alarm(kFork, Lane::urgent);
    CHECK(book.open_fork());
    CHECK_FALSE(LaneStates(scene.folder().open(Durable::in_time)).tell(Lane::urgent, false, Micros{2}));
  }
}

TEST_CASE(
    "what is looked for in a log goes with it when a person accepts another, also before the daemon has heard of it") {
  const InboxScene scene;
  scene.make();
  const wire::SigningKey key = wire::make_signing_key();
  wire::Credential whose = credential();
  whose.broker_log = key.public_key;
  const std::string note = tlog::sign_checkpoint({whose.broker, 0, tlog::Frontier().root(), {}}, key);
  LogBook book(scene.folder());
  book.proven(note, Micros{1});
  Fork fork = kFork;
  fork.known = fork.shown = note;
  book.alarm(fork, Lane::urgent);
  cli::Program program("noroshi-subscriber", {"", ""}, {"", ""});
  LogWatch watch(program, scene.folder(), whose, Lane::urgent);
  const Delivery lost = delivery(1);
  scene.inbox().store(Lane::urgent, {lost}, Micros{1});
  watch.delivered(lost.entry);
  REQUIRE(book.accept(Micros{9 * kMicrosPerSecond}));
  watch.connected(Micros{10 * kMicrosPerSecond});
  watch.look();
  CHECK(book.sought().empty());
  CHECK_FALSE(watch.question(Micros{11 * kMicrosPerSecond}));
}

}  // namespace noroshi::test
