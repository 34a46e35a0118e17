// A reader loses its right at every moment of a report's way, on every path and in every way it can be lost. The watched
// world holds each thing that goes out against the oracle of that moment; here stands what must come and what must not.
#include <functional>
#include <string>

#include "tests/entitlement/small_world.h"
#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;

enum class Moment { before, admitted, in_flight, without_credit, between_reads, waiting_for_turn, after };
enum class Path { live, digest, replay, audit, receipts };
enum class Denial { none, revoked, expired, out_of_audience };

const std::vector<std::pair<Moment, std::string>> kMoments{
    {Moment::before, "before it is published"},      {Moment::admitted, "admitted, not sequenced"},
    {Moment::in_flight, "sequenced, not committed"}, {Moment::without_credit, "committed, no credit"},
    {Moment::between_reads, "between two reads"},    {Moment::waiting_for_turn, "waiting for its turn"},
    {Moment::after, "after it was delivered"}};
const std::vector<std::pair<Path, std::string>> kPaths{{Path::live, "live"},
                                                       {Path::digest, "digest"},
                                                       {Path::replay, "replay"},
                                                       {Path::audit, "audit"},
                                                       {Path::receipts, "audit of receipts"}};
const std::vector<std::pair<Denial, std::string>> kDenials{{Denial::none, "nothing lost"},
                                                           {Denial::revoked, "revoked"},
                                                           {Denial::expired, "expired"},
                                                           {Denial::out_of_audience, "no longer in the audience"}};

constexpr std::int64_t kHour = 3600 * kMicrosPerSecond;

// Reports of meti to the electricity sector; the victim is hatsuden, or an auditor cleared for them. What an auditor waits
// for may also be the receipts of denryoku.
class Story {
 public:
  Story(Path path, Denial denial) : path_(path), denial_(denial) {
    victim_ = audits() ? cast::auditor(Tlp::amber) : cast::hatsuden();
    if (denial == Denial::expired) victim_.valid_until = kStart + kHour;
    watched.enrol(cast::meti());
    watched.enrol(victim_);
    if (path == Path::receipts) watched.enrol(cast::denryoku());
    greet();
  }

  Door door() const {
    return path_ == Path::live ? Door::urgent : path_ == Path::digest ? Door::batched : Door::archive;
  }
  bool audits() const { return path_ == Path::audit || path_ == Path::receipts; }
  bool replays() const { return door() == Door::archive; }
  PeerId peer() { return watched.world.peer(victim_.organization, door()).id; }

  // The others' sessions.
  void greet() {
    for (const Door each : {Door::urgent, Door::batched}) watched.step(watched.world.hello("meti", each));
    if (path_ == Path::receipts) watched.step(watched.world.hello("denryoku", Door::urgent));
  }
  void listen(std::uint32_t credit) {
    credit_ = credit;
    keep(watched.step(watched.world.hello(
        victim_.organization, door(), replays() ? std::vector<std::string>{} : std::vector<std::string>{"*"}, credit)));
    if (replays()) ask();
  }
  void ask() {
    core::Replay replay;
    replay.peer = watched.world.peer(victim_.organization, door());
    replay.credit = credit_;
    if (path_ == Path::receipts) replay.kinds = {EntryKind::receipt};
    keep(watched.step(replay));
    if (!audits()) return;
    keep(watched.step(core::Cut{}));  // it begins when the log says so
    keep(watched.commit());
  }
  void submit(const std::string& name) {
    const char* item = path_ == Path::digest ? "A.near-miss" : "C.it-failure";
    const Audience audience{{"electricity"}, {}, {}};
    keep(watched.submit(secret(labelled(report_of(name, cast::meti(), item), "AMBER", audience)),
                        path_ == Path::digest ? Door::batched : Door::urgent));
    if (path_ != Path::receipts) return;
    keep(watched.settle());
    keep(
        watched.step(watched.receipt("denryoku", Door::urgent, Stage::responded, {report_id(name)}, Answer::relevant)));
  }
  void publish(const std::string& name) {
    submit(name);
    keep(watched.settle());
  }
  void release_digest() {
    watched.world.now = watched.world.now + kHour / 2;
    keep(watched.step(core::Tick{}));
    keep(watched.settle());
  }
  void credit() { keep(watched.step(core::Credit{watched.world.peer(victim_.organization, door()), Seq{}, 100})); }

  // Takes effect at once for an expiry; a change of membership must first be durable.
  void deny() {
    if (denial_ == Denial::expired) watched.world.now = kStart + kHour;
    if (denial_ == Denial::revoked) victim_.revoked = true;
    if (denial_ == Denial::out_of_audience) {
      victim_.sectors = {"gas"};
      victim_.audit_clearance = audits() ? std::optional(Tlp::green) : std::nullopt;
    }
    if (denial_ == Denial::revoked || denial_ == Denial::out_of_audience) {
      keep(watched.step(core::ChangeMember{1, "member " + victim_.organization, victim_}));
      while (!change_is_durable())
        keep(watched.world.in_flight().empty() ? watched.step(core::Cut{}) : watched.commit());
    }
  }

  // Everything that can still come out does: reads, turns, credit, digests, and a reader that tries again.
  void finish() {
    keep(watched.settle());
    credit();
    keep(watched.settle());
    if (path_ == Path::digest) release_digest();
    keep(watched.step(core::Tick{}));
    watched.world.reconnect(victim_.organization, door());
    listen(100);
    keep(watched.settle());
  }

  static core::Outcome only(const core::Send& send) {
    core::Outcome out;
    out.send = {send};
    return out;
  }

  void keep(const core::Outcome& outcome) {
    for (const core::Send& send : outcome.send)
      if (watched.organization_of(send.peer) == victim_.organization)
        for (const auto& names : {delivered(only(send), send.peer), replayed(only(send), send.peer)})
          got_.insert(got_.end(), names.begin(), names.end());
  }
  // Redacted leaves aside.
  std::size_t whole() const {
    std::size_t count = 0;
    for (const std::string& name : got_) count += name.front() != '(' ? 1 : 0;
    return count;
  }

  WatchedWorld watched;

 private:
  bool change_is_durable() const {
    const RecordPtr last = watched.world.log().back();
    const auto* member = std::get_if<Member>(&last->content);
    return member && member->organization == victim_.organization && member->revoked == victim_.revoked &&
           member->sectors == victim_.sectors && member->audit_clearance == victim_.audit_clearance;
  }

  Path path_;
  Denial denial_;
  Member victim_;
  std::uint32_t credit_ = 0;
  Names got_;
};

// Up to the moment of the denial.
void tell(Story& story, Moment moment, Path path) {
  switch (moment) {
    case Moment::before: story.listen(100); break;
    case Moment::admitted:
      story.listen(100);
      story.submit("r1");
      break;
    case Moment::in_flight:
      story.listen(100);
      story.submit("r1");
      story.keep(story.watched.step(core::Cut{}));
      break;
    case Moment::without_credit:
      if (!story.replays()) story.listen(0);
      story.publish("r1");
      if (path == Path::digest) story.release_digest();
      if (story.replays()) story.listen(0);
      break;
    case Moment::between_reads:
      story.publish("r1");
      story.publish("r2");
      if (path == Path::digest) story.release_digest();
      story.watched.restart();  // nothing in memory: everything is read
      story.listen(100);
      while (story.watched.world.broker().sessions_wait()) story.keep(story.watched.step(core::Continue{}));
      REQUIRE(story.watched.world.open_reads().size() >= 1);
      break;
    case Moment::waiting_for_turn:
      story.publish("r1");
      if (path == Path::digest) story.release_digest();
      story.listen(100);
      break;
    case Moment::after:
      story.listen(100);
      story.publish("r1");
      if (path == Path::digest) story.release_digest();
      if (story.replays()) story.ask();
      story.keep(story.watched.settle());
      break;
  }
}

}  // namespace

TEST_CASE("a right that is lost is lost at that moment, wherever the report is on its way") {
  for (const auto& [moment, when] : kMoments)
    for (const auto& [path, way] : kPaths)
      for (const auto& [denial, what] : kDenials) {
        INFO(way << ", " << what << " " << when);
        Story story(path, denial);
        tell(story, moment, path);
        story.deny();
        const std::size_t at_denial = story.whole();
        if (moment == Moment::before) {
          story.greet();
          story.submit("r1");
        }
        story.finish();
        for (const std::string& wrong : story.watched.wrongs()) FAIL_CHECK(wrong);
        if (denial == Denial::none)
          CHECK(story.whole() > 0);  // or the story proves nothing
        else
          CHECK(story.whole() == at_denial);
        // Sequenced before its reader's change: it is in the log first, and its readers are those of then.
        if (moment == Moment::in_flight && path == Path::live && denial != Denial::none)
          CHECK(at_denial == (denial == Denial::expired ? 0U : 1U));
        if (moment == Moment::admitted) CHECK(at_denial == 0);
      }
}

TEST_CASE("whose membership ends has no session left and gets none") {
  for (const Door door : {Door::urgent, Door::batched, Door::archive})
    for (const bool revoked : {true, false}) {
      INFO(core::name_of(door) << (revoked ? ", revoked" : ", expired"));
      WatchedWorld watched;
      Member member = cast::hatsuden();
      member.valid_until = kStart + kHour;
      watched.enrol(member);
      watched.step(watched.world.hello("hatsuden", door));
      const core::Peer peer = watched.world.peer("hatsuden", door);
      REQUIRE(watched.world.broker().stats().sessions[door] == 1);
      core::Outcome outcome;
      member.revoked = revoked;
      if (revoked) outcome = watched.enrol(member);
      if (!revoked) watched.world.now = kStart + kHour, outcome = watched.step(core::Tick{});
      CHECK(closed(outcome, peer.id));
      CHECK(watched.world.broker().stats().sessions[door] == 0);
      watched.world.reconnect("hatsuden", door);
      const core::Outcome again = watched.step(watched.world.hello("hatsuden", door));
      const auto refused = sent<core::Refused>(again, watched.world.peer("hatsuden", door).id);
      REQUIRE(refused.size() == 1);
      CHECK(refused.front().reason == Reason::revoked);
      CHECK(watched.world.broker().stats().sessions[door] == 0);
      for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
    }
}

TEST_CASE("who expired asks in vain, before anybody has noticed") {
  using Ask = std::function<core::Command(const core::Peer&)>;
  const std::vector<Ask> asks{
      [](const core::Peer& peer) {
        return core::RosterQuery{peer, 1};
      },
      [](const core::Peer& peer) {
        return core::Heartbeat{peer, Seq{}};
      },
      [](const core::Peer& peer) {
        return core::Credit{peer, Seq{}, 10};
      },
      [](const core::Peer& peer) {
        return core::BoardQuery{peer, 1, {}};
      },
      [](const core::Peer& peer) {
        const Receipt receipt{"hatsuden", Stage::delivered, {report_id("r1")}, {}, "", {}};
        return core::SubmitReceipt{peer, 1, "", receipt, key_of("hatsuden signs"), true, {nullptr}};
      },
      [](const core::Peer& peer) { return core::Replay{peer, Seq{1}, Seq{}, {}, {}, {}, 10}; },
  };
  for (const Ask& ask : asks) {
    WatchedWorld watched;
    Member member = cast::hatsuden();
    member.valid_until = kStart + kHour;
    watched.enrol(member);
    watched.step(watched.world.hello("hatsuden", Door::archive));
    const core::Peer peer = watched.world.peer("hatsuden", Door::archive);
    watched.world.now = kStart + kHour;
    // A change of posture is for members in force, though the session still stands.
    watched.step(core::ChangePosture{1, {Posture::incident, "storm"}});
    watched.settle();
    const auto refused = sent<core::Refused>(watched.step(ask(peer)), peer.id);
    REQUIRE(refused.size() == 1);
    CHECK(refused.front().reason == Reason::revoked);
    CHECK(watched.world.broker().stats().sessions[Door::archive] == 0);
    for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
  }
}
