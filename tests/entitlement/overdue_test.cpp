// Who is reminded of a report that is overdue, live and when it comes back: nobody who lost its right to it meanwhile. The watched
// world holds each reminder against the oracle of that moment; here stands what must come and what must not.
#include <string>

#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;

enum class Moment { before, admitted, in_flight, told };
enum class Denial { none, revoked, expired, out_of_audience };

constexpr std::int64_t kMinute = 60 * kMicrosPerSecond;
constexpr Micros kEnd = kStart + 40 * kMinute;  // between the first two deadlines: 30 and 60 minutes

// A report of meti to the electricity sector, and hatsuden, which says nothing.
struct Story {
  explicit Story(Denial how) : denial(how), victim(cast::hatsuden()) {
    if (denial == Denial::expired) victim.valid_until = kEnd;
    for (const Member& member : {cast::meti(), victim}) watched.enrol(member);
    watched.step(watched.world.hello("meti", Door::urgent));
    listen();
    watched.submit(secret(labelled(report_of("r1", cast::meti()), "AMBER", {{"electricity"}, {}, {}})));
    watched.settle();
  }
  core::Outcome listen() {
    core::Outcome all;
    for (const Door door : {Door::urgent, Door::batched}) {
      watched.world.reconnect("hatsuden", door);
      join(all, watched.step(watched.world.hello("hatsuden", door, {"*"}, 100)));
    }
    return all;
  }
  void pass(Moment moment) {
    if (moment == Moment::before) return;
    watched.world.now = kStart + 31 * kMinute;
    watched.step(core::Tick{});
    if (moment == Moment::in_flight) watched.step(core::Cut{});
    if (moment == Moment::told) watched.settle();
  }
  core::Outcome deny() {
    core::Outcome all;
    if (denial == Denial::expired) watched.world.now = kEnd;
    if (denial == Denial::revoked) victim.revoked = true;
    if (denial == Denial::out_of_audience) victim.sectors = {"gas"};
    if (denial == Denial::revoked || denial == Denial::out_of_audience)
      watched.step(core::ChangeMember{1, "member hatsuden", victim}), all = watched.settle();
    return all;
  }
  // What else there is to say about the first deadline.
  core::Outcome finish(Moment moment) {
    core::Outcome all = watched.settle();
    if (moment == Moment::before) {
      watched.world.now = kStart + 35 * kMinute;
      if (denial == Denial::expired) watched.world.now = kEnd;
      join(all, watched.step(core::Tick{}));
      join(all, watched.settle());
    }
    join(all, listen());
    join(all, watched.settle());
    return all;
  }

  Denial denial;
  Member victim;
  WatchedWorld watched;
};

std::size_t reminders(const core::Outcome& outcome) {
  std::size_t count = 0;
  for (const core::Send& send : outcome.send) count += std::holds_alternative<core::Reminder>(send.message) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("who loses its right to a report is not reminded of it, whenever it loses it") {
  for (const Moment moment : {Moment::before, Moment::admitted, Moment::in_flight, Moment::told})
    for (const Denial denial : {Denial::none, Denial::revoked, Denial::expired, Denial::out_of_audience}) {
      INFO("moment " << static_cast<int>(moment) << ", denial " << static_cast<int>(denial));
      Story story(denial);
      story.pass(moment);
      story.deny();
      const std::size_t told = reminders(story.finish(moment));
      if (denial == Denial::none)
        CHECK(told == (moment == Moment::told ? 1 : 2));  // when it is noted, and when it comes back
      else
        CHECK(told == 0);
      for (const std::string& wrong : story.watched.wrongs()) CHECK(wrong == "");
    }
}

TEST_CASE("who does not subscribe is not reminded, whatever its session says") {
  Story story(Denial::none);
  story.pass(Moment::told);
  core::Hello hello = story.watched.world.hello("hatsuden", Door::urgent, {"*"}, 100);
  hello.subscribe = false;
  CHECK(reminders(story.watched.step(hello)) == 0);
  CHECK(reminders(story.listen()) == 1);
}
