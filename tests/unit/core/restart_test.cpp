// The broker stops, and comes back from what is durable.
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Door;

struct Scene : World {
  explicit Scene(WorldOptions options = {}) : World(options) {
    enrol(cast::hatsuden());
    enrol(cast::bank());
    step(hello("hatsuden", Door::urgent));
    step(hello("bank", Door::batched, {"*"}));
  }
  core::Outcome batched_report(std::string_view name) {
    return submit(report_of(name, cast::hatsuden(), "A.near-miss"));
  }
  // What the reader of the batched lane has got when the broker has stopped.
  Names got_at_shutdown() {
    core::Outcome outcome = step(core::Shutdown{});
    join(outcome, settle());
    CHECK(broker().idle());
    return delivered(outcome, peer("bank", Door::batched).id);
  }
};

}  // namespace

TEST_CASE("coming back says nothing and counts nothing") {
  Scene stage;
  stage.step(core::ChangePosture{1, {Posture::heightened, ""}});
  stage.batched_report("r1");
  stage.settle();
  stage.after(15 * 60, core::Tick{});
  stage.settle();
  stage.restart();
  const core::Stats stats = stage.broker().stats();
  CHECK(stats.digests == 0);
  CHECK(stats.accepted.empty());
  const core::Outcome first = stage.step(core::Cut{});
  CHECK(first.events.empty());
  CHECK(first.send.empty());
  CHECK(first.close.empty());
}

TEST_CASE("a shutdown releases what is accepted and not yet durable") {
  Scene stage;
  stage.batched_report("r1");
  SECTION("it waits") {}
  SECTION("it is being written") { stage.step(core::Cut{}); }
  CHECK(stage.got_at_shutdown() == Names{"r1"});
}

TEST_CASE("a shutdown releases what came while a full digest was on its way") {
  WorldOptions options;
  options.digest.entries = 1;
  Scene stage(options);
  stage.batched_report("r1");
  stage.step(core::Cut{});
  stage.commit();  // the release of r1 is asked for
  stage.batched_report("r2");
  stage.step(core::Cut{});
  CHECK(stage.got_at_shutdown() == Names{"r1", "r2"});
}

TEST_CASE("a shutdown releases what came while a digest that was due was on its way") {
  Scene stage;
  stage.batched_report("r1");
  stage.settle();
  stage.batched_report("r2");
  stage.after(15 * 60, core::Cut{});
  stage.step(core::Tick{});  // the release of r1 is asked for
  stage.commit();
  CHECK(stage.got_at_shutdown() == Names{"r1", "r2"});
}
