// What a program does with its store, over one or several lives, and what must be found after a power cut.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/crash/recorder.h"
#include "tests/simulation/chance.h"

namespace noroshi::crash {

// A promise that was not kept: what is there, and what should be.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What the store's content may be, at each change of the disk. A content is a text that says everything.
class History {
 public:
  History(const Disk& disk, std::string at_first) { steps_.push_back({0, disk.changes(), false, std::move(at_first)}); }

  void doing(const Disk& disk, std::string after) {
    steps_.push_back({disk.changes(), kNever, false, std::move(after)});
  }
  // It is acknowledged: from now on nothing older will do.
  void done(const Disk& disk) { steps_.back().end = disk.changes(); }
  // A new life sees this, and says so: as good as acknowledged. Throws Broken.
  void seen(const Disk& disk, const std::string& content);
  // `content` was found after a crash before change `at`. Throws Broken.
  void check(std::size_t at, const std::string& content) const;
  const std::string& now() const;            // the newest that is acknowledged
  std::vector<std::size_t> moments() const;  // at which something was acknowledged

 private:
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
  struct Step {
    std::size_t begun = 0;
    std::size_t end = kNever;
    bool undone = false;  // at its end
    std::string after;
  };
  std::vector<Step> steps_;
};

// Bugs that only the test has, as doubles.
struct Doubles {
  Unsynced unsynced = Unsynced::none;
  bool acknowledged_early = false;          // before the store has it
  bool acknowledged_though_failed = false;  // whatever the store said
};

class Story {
 public:
  virtual ~Story() = default;
  // What lies in the folder before, durable.
  virtual void prepare(const std::filesystem::path& /*folder*/, Chance& /*chance*/) {}
  // Lives to its end, in the recorder's folder. Throws Broken if the program itself sees that something is wrong.
  virtual void run(Recorder& recorder, Chance& chance) = 0;
  // Opens what a crash before change `at` has left in `folder`, by the program's own code, and goes on with it. Throws Broken.
  virtual void check(const std::filesystem::path& folder, std::size_t at, bool halved_rename) = 0;
  // The opening alone, at whose end or in whose middle the next crash may come.
  virtual void open(const std::filesystem::path& folder, std::size_t at) = 0;
  virtual std::vector<std::size_t> moments() const = 0;  // worth a crash right behind them
};

// Several lives: some end by a kill, and any may end by an error of the disk; the last is a quiet one. `live` throws what the
// store throws.
void live_on(Recorder& recorder, Chance& chance, const std::function<void()>& live);

// A few; once in a while so many that SQLite's checkpoint comes in line.
std::int64_t steps_of_a_life(Chance& chance);

std::unique_ptr<Story> broker_story(const Doubles& doubles);
std::unique_ptr<Story> subscriber_story(const Doubles& doubles);
std::unique_ptr<Story> publisher_story(const Doubles& doubles);  // the outbox
std::unique_ptr<Story> agent_story(const Doubles& doubles);      // the publisher's spool

// By another connection than the store's own. Throws Broken.
void check_integrity(const std::filesystem::path& database);

}  // namespace noroshi::crash
