// Every label, audience and author of the small world, published through the real core: what each member gets on each
// path, entry by entry and in order, against the oracle.
#include <map>
#include <string>

#include "tests/entitlement/small_world.h"
#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;

constexpr std::uint32_t kPlenty = 4000;
const std::vector<Status> kAnyStatus{Status::actual, Status::exercise, Status::test};

std::string name_for(std::size_t number) {
  const std::string digits = std::to_string(number);
  return "r" + std::string(5 - digits.size(), '0') + digits;
}

// One author, one label, one status: every audience, once in each lane.
class Published {
 public:
  Published(const Member& author, const std::string& label, Status status) {
    for (const Member& member : everybody()) watched.enrol(member);
    for (const Member& member : everybody())
      for (const Door door : {Door::urgent, Door::batched}) subscribe(member, door, true);
    std::size_t number = 0;
    for (const Audience& audience : every_audience())
      for (const char* item : {"C.it-failure", "A.near-miss"}) {
        Report report = secret(labelled(report_of(name_for(number), author, item), label, audience));
        report.status = status;
        join(live, watched.submit(report, number % 2 == 0 ? Door::urgent : Door::batched));
        if (++number % 64 == 0) join(live, watched.settle());
        if (publishable(report)) expected_accepted += 1;
      }
    watched.world.now = watched.world.now + 3600 * kMicrosPerSecond;
    join(live, watched.step(core::Tick{}));
    join(live, watched.settle());
  }

  void subscribe(const Member& member, Door door, bool from_now) {
    core::Hello hello = watched.world.hello(member.organization, door, {"*"}, kPlenty);
    hello.statuses = kAnyStatus;
    hello.from_now = from_now;
    join(live, watched.step(hello));
  }

  // In order of the log; lane nullopt: both; a leaf for an auditor in brackets.
  Names expected(const Member& member, std::optional<Lane> lane, bool leaves = false) const {
    Names all;
    for (const RecordPtr& record : watched.world.log()) {
      const Report* report = record->report();
      if (!report || (lane && record->entry.lane != *lane)) continue;
      const std::string name = test::name_of(report->id);
      if (!readers({member}, *report, watched.world.now).empty())
        all.push_back(name);
      else if (leaves && !leaf_readers({member}, *report, watched.world.now).empty())
        all.push_back("(" + name + ")");
    }
    return all;
  }

  Names expected_on_feed(Lane lane) const {
    Names all;
    for (const RecordPtr& record : watched.world.log())
      if (record->report() && record->entry.lane == lane && is_public(*record->report()))
        all.push_back(test::name_of(record->report()->id));
    return all;
  }

  PeerId peer(const Member& member, Door door) { return watched.world.peer(member.organization, door).id; }

  core::Outcome replay(const Member& member, std::vector<std::string> topics = {}, std::vector<Status> statuses = {}) {
    watched.world.reconnect(member.organization, Door::archive);
    watched.step(watched.world.hello(member.organization, Door::archive));
    core::Replay replay;
    replay.peer = watched.world.peer(member.organization, Door::archive);
    replay.topics = std::move(topics);
    replay.statuses = std::move(statuses);
    replay.credit = kPlenty;
    core::Outcome all = watched.step(replay);
    join(all, watched.settle());
    return all;
  }

  WatchedWorld watched;
  core::Outcome live;
  std::size_t expected_accepted = 0;
};

Names fed_in(const core::Outcome& outcome, Lane lane) {
  core::Outcome some;
  for (const core::FeedItem& item : outcome.feed)
    if (item.lane == lane) some.feed.push_back(item);
  return fed(some);
}

void check_live(Published& published, const Member& member) {
  INFO("live, then digests");
  CHECK(delivered(published.live, published.peer(member, Door::urgent)) == published.expected(member, Lane::urgent));
  CHECK(delivered(published.live, published.peer(member, Door::batched)) == published.expected(member, Lane::batched));
}

void check_catch_up(Published& published, const Member& member) {
  for (const auto& [door, lane] : {std::pair{Door::urgent, Lane::urgent}, std::pair{Door::batched, Lane::batched}}) {
    INFO("catch-up, " << noroshi::name_of(lane));
    published.watched.world.reconnect(member.organization, door);
    published.live = {};
    published.subscribe(member, door, false);
    join(published.live, published.watched.settle());
    CHECK(delivered(published.live, published.peer(member, door)) == published.expected(member, lane));
  }
}

void check_replay(Published& published, const Member& member) {
  INFO("replay");
  const core::Outcome all = published.replay(member);
  CHECK(replayed(all, published.peer(member, Door::archive)) == published.expected(member, std::nullopt, true));
  const core::Outcome some = published.replay(member, {"C"});
  CHECK(replayed(some, published.peer(member, Door::archive)) == published.expected(member, Lane::urgent));
  const core::Outcome by_status = published.replay(member, {}, kAnyStatus);
  CHECK(replayed(by_status, published.peer(member, Door::archive)) == published.expected(member, std::nullopt));
}

void check_roster(Published& published, const Member& member) {
  const core::Peer peer = published.watched.world.peer(member.organization, Door::archive);
  const auto answers = sent<core::RosterAnswer>(published.watched.step(core::RosterQuery{peer, 7}), peer.id);
  REQUIRE(answers.size() == 1);
  std::vector<Bytes> bodies;
  std::map<std::string, int> names;
  for (const Member& each : everybody()) names[each.organization] = 1;
  for (const auto& [name, one] : names) bodies.push_back("member " + name);
  CHECK(answers.front().members == bodies);
}

void check_every_path(Published& published) {
  std::size_t accepted = 0;
  for (const RecordPtr& record : published.watched.world.log()) accepted += record->report() ? 1 : 0;
  CHECK(accepted == published.expected_accepted);
  for (const Lane lane : {Lane::urgent, Lane::batched})
    CHECK(fed_in(published.live, lane) == published.expected_on_feed(lane));
  for (const Member& member : everybody()) {
    INFO(member.organization);
    check_live(published, member);
  }
  for (const bool from_store : {false, true}) {
    INFO((from_store ? "read from the log" : "from memory"));
    if (from_store) published.watched.restart();
    for (const Member& member : everybody()) {
      INFO(member.organization);
      check_catch_up(published, member);
      check_replay(published, member);
      check_roster(published, member);
    }
  }
  for (const std::string& wrong : published.watched.wrongs()) FAIL_CHECK(wrong);
}

}  // namespace

TEST_CASE("live, digests, catch-up, replay, open feed: what everyone gets is what the oracle says") {
  for (const std::string& label : every_label())
    for (const Member& author : four_organizations()) {
      INFO(label << " of " << author.organization);
      Published published(author, label, Status::actual);
      check_every_path(published);
    }
}

TEST_CASE("drills on every path") {
  for (const std::string& label : every_label())
    for (const Status status : {Status::exercise, Status::test}) {
      INFO(label << " " << noroshi::name_of(status));
      Published published(four_organizations()[1], label, status);
      check_every_path(published);
    }
}
