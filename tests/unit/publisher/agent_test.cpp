// The agent, ended at every moment: nothing lost, nothing doubled, order kept, and the folder tells what happened.
#include "publisher/agent.h"

#include <fstream>
#include <thread>

#include "proto/cli/cli.h"
#include "tests/support/catch.h"
#include "tests/unit/publisher/agent_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::publisher;
using namespace noroshi::publisher::test;

using Names = std::vector<std::string>;

// One file of each fate.
void drop_all(World& world) {
  world.drop("1.json", report_json("one"));
  world.drop("2.json", "[" + report_json("two") + "," + report_json("three") + "]");
  world.drop("3.json", "{ this is no report");
  world.drop("4.json", report_json("four") + "\n{\"item\":\"none\"}\n" + report_json("five") + "\n");
  world.drop("5.json", report_json("forbidden"));
  world.drop("6.json", report_json("six"));
}

// The first promise that is broken by being killed at one moment, whichever; empty: none. `moments`: how many there are.
std::string broken_by_a_kill(std::size_t& moments) {
  for (moments = 1;; ++moments) {
    World world;
    drop_all(world);
    const bool through = world.live(moments);
    world.live();
    if (const std::string broken = world.broken(); !broken.empty())
      return broken + ", killed at moment " + std::to_string(moments);
    if (through) return "";
  }
}

TEST_CASE("each file comes to its place with its results") {
  World world;
  drop_all(world);
  REQUIRE(world.live());
  CHECK(world.broken() == "");
  CHECK(world.log == Names{"one", "two", "three", "four", "five", "six"});
  CHECK(names_in(world.spool() / "sent") ==
        Names{"1.json", "1.json.result.json", "2.json", "2.json.result.json", "6.json", "6.json.result.json"});
  CHECK(names_in(world.spool() / "rejected") ==
        Names{"3.json", "3.json.result.json", "4.json", "4.json.result.json", "5.json", "5.json.result.json"});
  CHECK(world.told.size() == 9);
  const std::string mixed = read(world.spool() / "rejected" / "4.json.result.json");
  CHECK(mixed.find(R"({"result":"accepted")") == 0);
  CHECK(mixed.find("\n{\"result\":\"rejected\"") != std::string::npos);
  CHECK(mixed.find("4.json:2") != std::string::npos);
  CHECK(read(world.spool() / "rejected" / "3.json.result.json").find(R"("reason":"malformed")") != std::string::npos);
}

TEST_CASE("killed at any moment, the next life finishes it all") {
  std::size_t moments = 0;
  CHECK(broken_by_a_kill(moments) == "");
  CHECK(moments > 80);
}

TEST_CASE("killed at any moment, and again at any moment of the next life") {
  for (std::size_t first = 1;; ++first) {
    bool through = false;
    for (std::size_t second = 1;; ++second) {
      World world;
      world.drop("1.json", "[" + report_json("one") + "," + report_json("two") + "]");
      through = world.live(first);
      const bool second_through = world.live(second);
      world.live();
      INFO(first << ", then " << second);
      REQUIRE(world.broken() == "");
      if (second_through) break;
    }
    if (through) break;
  }
}

TEST_CASE("every planted bug is caught") {
  for (const Bug bug : {Bug::leaves_before_answer, Bug::new_id_after_crash, Bug::sent_before_stored, Bug::newest_first,
                        Bug::moved_before_result}) {
    INFO(static_cast<int>(bug));
    const Planted planted(bug);
    std::size_t moments = 0;
    CHECK(broken_by_a_kill(moments) != "");
  }
}

TEST_CASE("a file of the same name is another file") {
  World world;
  for (const char* title : {"one", "two", "three"}) {
    world.drop("alarm.json", report_json(title));
    REQUIRE(world.live());
  }
  CHECK(world.log == Names{"one", "two", "three"});
  const Names sent = names_in(world.spool() / "sent");
  REQUIRE(sent.size() == 6);
  CHECK(sent[0].ends_with("Z-alarm.json"));
  CHECK(sent[1] == sent[0] + ".result.json");
  CHECK(sent[4] == "alarm.json");
  CHECK(read(world.spool() / "sent" / "alarm.json") == report_json("one"));
  CHECK(read(world.spool() / "sent" / sent[0]) == report_json("two"));
  CHECK(read(world.spool() / "sent" / sent[2]) == report_json("three"));
}

TEST_CASE("what is not complete, or not a report, stays where it is") {
  World world;
  const auto put = [&](const std::string& name) { std::ofstream(world.spool() / name) << report_json(name); };
  for (const char* name : {".hidden.json", "writing.tmp", "old.json.result.json"}) put(name);
  put(std::string(201, 'n'));
  std::filesystem::create_directory(world.spool() / "folder");
  std::filesystem::create_symlink("/etc/hostname", world.spool() / "link.json");
  REQUIRE(world.live());
  CHECK(world.log.empty());
  CHECK(names_in(world.spool()) == Names{"folder", "link.json", std::string(201, 'n'), "old.json.result.json", "outbox",
                                         "rejected", "sent", "writing.tmp"});
}

TEST_CASE("a file that was changed a moment ago is left for the next look") {
  World world;
  world.drop("1.json", report_json("one"));
  Agent agent(world.spool(), shipped(), Author{"tepco", "sector"}, some_key(), cli::wall_clock(),
              [](const Outcome&, const publisher::Subject&) {});
  const Micros there = Folder(world.spool()).files().at(0).changed;
  agent.work(Micros{there.value - 1});  // a look that began before the file was there
  CHECK(agent.waiting() == 0);
  agent.work(there + (Agent::kSettled - 1));
  CHECK(agent.waiting() == 0);
  agent.work(there + (Agent::kSettled - 1 + Agent::kLook));
  CHECK(agent.waiting() == 1);
}

TEST_CASE("with its hands full the agent leaves files in the spool") {
  World world;
  std::string many;
  for (std::size_t i = 0; i < Agent::kInHand; ++i) many += report_json("of many") + "\n";
  world.drop("1.json", many);
  world.drop("2.json", report_json("one more"));
  Agent agent(world.spool(), shipped(), Author{"tepco", "sector"}, some_key(), cli::wall_clock(),
              [](const Outcome&, const publisher::Subject&) {});
  const Micros later = cli::wall_clock() + kMicrosPerSecond;
  CHECK_FALSE(agent.work(later));
  CHECK(agent.waiting() == Agent::kInHand);
  CHECK(names_in(world.spool()) == Names{"2.json", "outbox", "rejected", "sent"});
  agent.answered(agent.unanswered(0).front().first, v1::Accepted());
  agent.work(later);
  CHECK(agent.waiting() == Agent::kInHand);
  CHECK(names_in(world.spool()) == Names{"outbox", "rejected", "sent"});
}

TEST_CASE("it does not work on the disk for long without a break") {
  World world;
  for (int n = 100; n < 120; ++n) world.drop(std::to_string(n) + ".json", report_json(std::to_string(n)));
  Agent agent(world.spool(), shipped(), Author{"tepco", "sector"}, some_key(), cli::wall_clock(),
              [](const Outcome&, const publisher::Subject&) {});
  const Micros later = cli::wall_clock() + kMicrosPerSecond;
  CHECK(agent.work(later));
  CHECK(agent.waiting() == Agent::kAtOnce);
  CHECK(agent.work(later));
  CHECK_FALSE(agent.work(later));
  CHECK(agent.waiting() == 20);
  for (const auto& [number, parcel] : agent.unanswered(0)) agent.answered(number, v1::Accepted());
  CHECK(agent.work(later));
  CHECK(names_in(world.spool() / "sent").size() == 2 * Agent::kAtOnce);
}

// The one signed file in the outbox loses its end.
void damage_what_is_signed(const World& world) {
  const auto outbox = world.spool() / "outbox";
  for (const std::string& name : names_in(outbox))
    if (name.ends_with(".signed")) std::filesystem::resize_file(outbox / name, 100);
}

TEST_CASE("what was signed and is damaged is set aside with the reason, and the rest goes on") {
  for (std::size_t moment = 1;; ++moment) {
    World world;
    world.drop("1.json", report_json("one"));
    {
      Agent agent(world.spool(), shipped(), Author{"tepco", "sector"}, some_key(), cli::wall_clock(),
                  [](const Outcome&, const publisher::Subject&) {});
      agent.work(cli::wall_clock() + 60 * kMicrosPerSecond);
    }
    damage_what_is_signed(world);
    world.drop("2.json", report_json("two"));
    const bool through = world.live(moment);  // killed at any moment, nothing is sent twice or without a word
    REQUIRE(world.live());
    INFO(moment);
    CHECK(world.log == Names{"two"});
    CHECK(names_in(world.spool() / "outbox").empty());
    const Names rejected = names_in(world.spool() / "rejected");
    REQUIRE(rejected.size() == 4);
    CHECK((rejected[0] == "1.json" && rejected[1] == "1.json.result.json"));
    CHECK((rejected[2].ends_with(".signed") && rejected[3] == rejected[2] + ".result.json"));
    CHECK(read(world.spool() / "rejected" / "1.json") == report_json("one"));
    for (const std::size_t result : {1u, 3u}) {
      const std::string text = read(world.spool() / "rejected" / rejected[result]);
      CHECK(text.find(R"("result":"rejected")") != std::string::npos);
      CHECK(text.find("may have been sent") != std::string::npos);
    }
    if (through) break;
  }
}

TEST_CASE("a second agent in the same folder is refused") {
  World world;
  const auto start = [&] {
    return Agent(world.spool(), shipped(), Author{"tepco", "sector"}, some_key(), cli::wall_clock(),
                 [](const Outcome&, const publisher::Subject&) {});
  };
  const auto first = start();
  CHECK_THROWS_AS(start(), cli::Failure);
}

}  // namespace
