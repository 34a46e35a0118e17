// Walks made by chance through the core: members come, change and go while reports are at every stage of their way. Each
// step is watched; at the end of each walk everyone catches up, and has exactly what the oracle says.
#include <functional>
#include <map>
#include <string>

#include "tests/entitlement/board_view.h"
#include "tests/entitlement/dice.h"
#include "tests/entitlement/small_world.h"
#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;

const std::vector<std::string> kSectors{"electricity", "gas", "finance"};
const std::vector<Status> kAnyStatus{Status::actual, Status::exercise, Status::test};
const std::vector<std::string> kItems{"C.it-failure", "A.near-miss", "B.b.threat-trends"};

WorldOptions short_digests() {
  WorldOptions options;
  options.digest.entries = 3;
  return options;
}

class Walk {
 public:
  explicit Walk(std::uint64_t seed) : chance_(seed), watched(short_digests()) {
    for (const Member& member : everybody()) watched.enrol(member), all_.push_back(member);
  }

  void step() {
    const auto& steps = std::vector<std::function<void()>>{
        [this] { listen(); },  [this] { listen(); },        [this] { publish(); },   [this] { publish(); },
        [this] { publish(); }, [this] { change_member(); }, [this] { replay(); },    [this] { give_credit(); },
        [this] { confirm(); }, [this] { confirm(); },       [this] { ask_board(); }, [this] { go_on(); },
        [this] { go_on(); },   [this] { go_on(); },         [this] { rarely(); }};
    chance_.pick(steps)();
  }

  // Everybody is back and reads from the beginning, through each door.
  void end() {
    watched.settle();
    watched.world.now = watched.world.now + 3600 * kMicrosPerSecond;
    watched.step(core::Tick{});
    watched.settle();
    for (const Member& member : watched.members())
      for (const auto& [door, lane] :
           {std::pair{Door::urgent, Lane::urgent}, std::pair{Door::batched, Lane::batched}}) {
        INFO(member.organization << ", " << noroshi::name_of(lane));
        watched.world.reconnect(member.organization, door);
        const auto topics = member.subscribe ? std::vector<std::string>{"*"} : std::vector<std::string>{};
        core::Hello hello = watched.world.hello(member.organization, door, topics, 4000);
        hello.statuses = kAnyStatus;
        core::Outcome outcome = watched.step(hello);
        join(outcome, watched.settle());
        CHECK(delivered(outcome, hello.peer.id) == expected(member, lane));
        const auto boards = sent<core::BoardAnswer>(watched.step(core::BoardQuery{hello.peer, 1, {}}), hello.peer.id);
        const Group may = both_in_force_and_reading(member);
        REQUIRE(boards.size() == may.size());
        if (boards.size() == 1)
          CHECK(lines_of(boards.front().reports) ==
                expected_lines(watched.world.log(), watched.members(), member, watched.world.now));
      }
    for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
  }

 private:
  const Member& somebody() { return chance_.pick(all_); }
  Door some_door() { return chance_.pick(std::vector{Door::urgent, Door::batched, Door::archive}); }
  core::Peer some_peer() { return watched.world.peer(somebody().organization, some_door()); }

  Group both_in_force_and_reading(const Member& member) const {
    return listeners({member}).empty() ? Group{} : in_force({member}, watched.world.now);
  }

  Names expected(const Member& member, Lane lane) const {
    Names names;
    if (!member.subscribe) return names;
    for (const RecordPtr& record : watched.world.log())
      if (record->report() && record->entry.lane == lane &&
          !readers({member}, *record->report(), watched.world.now).empty())
        names.push_back(test::name_of(record->report()->id));
    return names;
  }

  void listen() {
    const Member& member = somebody();
    const Door door = some_door();
    if (chance_.one_in(2)) watched.world.reconnect(member.organization, door);
    core::Hello hello = watched.world.hello(member.organization, door,
                                            door == Door::archive ? Names{} : Names{chance_.one_in(3) ? "C" : "*"},
                                            static_cast<std::uint32_t>(chance_.between(0, 4)));
    hello.cursor = Seq{static_cast<std::uint64_t>(chance_.between(0, 20))};
    hello.from_now = chance_.one_in(3);
    if (chance_.one_in(2)) hello.statuses = kAnyStatus;
    watched.step(hello);
  }

  void publish() {
    const Member& author = somebody();
    const Door door = chance_.one_in(2) ? Door::urgent : Door::batched;
    if (!chance_.one_in(4)) watched.step(watched.world.hello(author.organization, door));
    Report report = secret(labelled(report_of("r" + std::to_string(++reports_), author, chance_.pick(kItems)),
                                    chance_.pick(every_label()), random_audience(chance_, all_, kSectors)));
    if (chance_.one_in(4)) report.status = Status::exercise;
    if (chance_.one_in(4)) {
      const auto to = "r" + std::to_string(chance_.between(1, reports_));
      report = relating(report, chance_.one_in(2) ? Relation::reference : Relation::correction, to);
    }
    watched.submit(report, door);
  }

  ReportId some_report() { return report_id("r" + std::to_string(chance_.between(1, reports_ + 1))); }

  void confirm() {
    const Member& member = somebody();
    const Stage stage = chance_.pick(std::vector{Stage::delivered, Stage::opened, Stage::responded});
    std::optional<Answer> answer;
    if (stage == Stage::responded) answer = chance_.pick(std::vector{Answer::relevant, Answer::handled});
    std::vector<ReportId> reports{some_report()};
    while (stage == Stage::delivered && chance_.one_in(2)) reports.push_back(some_report());
    watched.step(watched.receipt(member.organization, some_door(), stage, reports, answer));
  }

  void ask_board() { watched.step(core::BoardQuery{some_peer(), 1, chance_.one_in(2) ? ReportId{} : some_report()}); }

  void change_member() {
    Member& member = all_[static_cast<std::size_t>(chance_.between(0, static_cast<std::int64_t>(all_.size()) - 1))];
    switch (chance_.between(0, 5)) {
      case 0: member.revoked = !member.revoked && chance_.one_in(2); break;
      case 1: member.sectors = some_of(chance_, kSectors, 2); break;
      case 2: member.tier = chance_.pick(std::vector{Tier::ministry, Tier::operator_, Tier::vendor}); break;
      case 3: member.valid_until = chance_.one_in(2) ? Micros{} : watched.world.now + chance_.between(-2, 300); break;
      case 4:
        member.audit_clearance.reset();
        if (chance_.one_in(3)) member.audit_clearance = chance_.pick(every_clearance());
        break;
      default: member.subscribe = !chance_.one_in(4);
    }
    watched.step(core::ChangeMember{1, "member " + member.organization, member});
  }

  void replay() {
    const Member& member = somebody();
    if (chance_.one_in(2)) watched.step(watched.world.hello(member.organization, Door::archive));
    core::Replay replay;
    replay.peer = watched.world.peer(member.organization, Door::archive);
    replay.from = Seq{static_cast<std::uint64_t>(chance_.between(1, 20))};
    if (chance_.one_in(3)) replay.topics = {"C"};
    if (chance_.one_in(3)) replay.kinds = {EntryKind::report, EntryKind::receipt, EntryKind::member, EntryKind::digest};
    replay.credit = static_cast<std::uint32_t>(chance_.between(1, 10));
    watched.step(replay);
  }

  void give_credit() {
    watched.step(core::Credit{some_peer(), Seq{100'000}, static_cast<std::uint32_t>(chance_.between(1, 5))});
  }

  void go_on() {
    watched.world.now = watched.world.now + chance_.between(0, 20);
    switch (chance_.between(0, 4)) {
      case 0:
        if (watched.world.in_flight().empty()) watched.step(core::Cut{});
        break;
      case 1: watched.commit(); break;
      case 2: watched.answer_read(static_cast<std::size_t>(chance_.between(1, 4))); break;
      case 3: watched.step(core::Continue{}); break;
      default: watched.settle();
    }
  }

  void rarely() {
    switch (chance_.between(0, 6)) {
      case 0: watched.restart(); break;
      case 1: watched.step(core::Goodbye{some_peer()}); break;
      case 2: watched.step(core::RosterQuery{some_peer(), 1}); break;
      case 3: watched.step(core::Heartbeat{some_peer(), Seq{}}); break;
      case 4:
        watched.step(core::ChangePosture{1, {chance_.one_in(2) ? Posture::normal : Posture::incident, ""}});
        break;
      default: watched.world.now = watched.world.now + 1000 * kMicrosPerSecond; watched.step(core::Tick{});
    }
  }

  Chance chance_;
  std::vector<Member> all_;
  std::int64_t reports_ = 0;

 public:
  WatchedWorld watched;
};

// What each member of the small world catches up with, by name of member.
std::map<std::string, std::set<std::string>> views(World& world) {
  std::map<std::string, std::set<std::string>> all;
  for (const Member& member : everybody())
    for (const Door door : {Door::urgent, Door::batched}) {
      world.reconnect(member.organization, door);
      core::Outcome outcome = world.step(world.hello(member.organization, door, {"*"}, 4000));
      join(outcome, world.settle());
      for (const std::string& name : delivered(outcome, world.peer(member.organization, door).id))
        if (name.front() != 's') all[member.organization].insert(name);  // a stranger's: the RED auditor sees those too
    }
  return all;
}

}  // namespace

TEST_CASE("on walks made by chance nobody ever gets what is not for them, and in the end all that is") {
  const std::uint64_t seed = seed_of_this_run();
  std::size_t looked_at = 0;
  for (std::uint64_t i = 0; i < 150; ++i) {
    INFO("walk " << i);
    Walk walk(seed + i);
    for (int step = 0; step < 500; ++step) walk.step();
    walk.end();
    looked_at += walk.watched.looked_at();
  }
  CHECK(looked_at > 10'000);
}

TEST_CASE("order, strangers, and leaving and coming back change nobody's view") {
  Chance chance(seed_of_this_run() + 4);
  for (int i = 0; i < 20; ++i) {
    std::vector<Member> members = everybody();
    std::vector<Report> reports;
    for (int n = 0; n < 40; ++n)
      reports.push_back(
          labelled(report_of("r" + std::to_string(n), chance.pick(four_organizations()), chance.pick(kItems)),
                   chance.pick(every_label()), random_audience(chance, members, {"electricity", "gas"})));
    WorldOptions options;
    options.digest.entries = 1;
    World plain(options);
    for (const Member& member : members) plain.enrol(member);
    for (const Report& report : reports) plain.publish(report);

    World other(options);
    shuffle(chance, members);
    const Member stranger = member_of("stranger", Tier::research, {"finance"});
    other.enrol(stranger);
    for (Member& member : members) shuffle(chance, member.sectors), other.enrol(member);
    for (Report report : reports) {
      shuffle(chance, report.audience);
      other.publish(report);
      if (chance.one_in(4)) {
        Member leaving = chance.pick(members);
        leaving.revoked = true;
        other.enrol(leaving);
        leaving.revoked = false;
        other.enrol(leaving);
        for (const Door door : {Door::urgent, Door::batched}) other.reconnect(leaving.organization, door);
        other.step(other.hello(leaving.organization, Door::urgent));
      }
      if (chance.one_in(4))
        other.publish(labelled(report_of("s" + std::to_string(chance.between(0, 9999)), stranger), "RED",
                               {{}, {}, {"stranger"}}));
    }
    const auto expected = views(plain);
    CHECK(expected.size() == everybody().size());
    CHECK(views(other) == expected);
  }
}
