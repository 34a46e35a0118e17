#include "tests/crash/story.h"

#include <sqlite3.h>

#include <algorithm>

namespace noroshi::crash {

void History::seen(const Disk& disk, const std::string& content) {
  const std::size_t now = disk.changes();
  check(now, content);
  for (Step& step : steps_) {
    if (step.end != kNever) continue;
    step.end = now;
    step.undone = step.after != content;
  }
}

void History::check(std::size_t at, const std::string& content) const {
  std::string expected;
  std::vector<const Step*> open;
  for (const Step& step : steps_) {
    if (step.end <= at && !step.undone) expected = step.after, open.clear();
    if (step.begun <= at && at < step.end) open.push_back(&step);
  }
  if (content == expected) return;
  for (const Step* step : open) {
    if (content == step->after) return;
    expected += "\n  or:\n" + step->after;
  }
  throw Broken("found:\n" + content + "\n  expected:\n" + expected);
}

const std::string& History::now() const {
  const auto newest =
      std::find_if(steps_.rbegin(), steps_.rend(), [](const Step& step) { return step.end != kNever && !step.undone; });
  return newest->after;
}

std::vector<std::size_t> History::moments() const {
  std::vector<std::size_t> out;
  for (const Step& step : steps_)
    if (step.end != kNever) out.push_back(step.end);
  return out;
}

void live_on(Recorder& recorder, Chance& chance, const std::function<void()>& live) {
  for (auto lives = chance.between(1, 3); lives > 0;) {
    if (lives > 1 && chance.one_in(2)) recorder.kill_after(static_cast<std::size_t>(chance.between(0, 80)));
    const bool faulty = recorder.failed();
    try {
      live();
      --lives;
    } catch (const Broken&) {
      throw;
    } catch (const std::exception& error) {
      // It ended as it should, if it was killed or the disk had failed it.
      const bool excused = recorder.dead() || (!faulty && recorder.failed());
      if (!excused) throw Broken(std::string("it failed without a cause: ") + error.what());
      if (recorder.dead()) --lives;
      lives = std::max<decltype(lives)>(lives, 1);
    }
    recorder.revive();
  }
}

std::int64_t steps_of_a_life(Chance& chance) { return chance.one_in(60) ? 150 : chance.between(2, 8); }

void check_integrity(const std::filesystem::path& database) {
  sqlite3* db = nullptr;
  std::string answer;
  const auto take = [](void* into, int, char** values, char**) {
    static_cast<std::string*>(into)->append(values[0] ? values[0] : "NULL").append("; ");
    return 0;
  };
  int code = sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
  if (code == SQLITE_OK) code = sqlite3_exec(db, "PRAGMA integrity_check", take, &answer, nullptr);
  const std::string why = sqlite3_errmsg(db);
  sqlite3_close(db);
  if (code != SQLITE_OK) throw Broken("integrity_check: " + why);
  if (answer != "ok; ") throw Broken("integrity_check: " + answer);
}

}  // namespace noroshi::crash
