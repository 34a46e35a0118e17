#include "tests/crash/campaign.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <utility>

namespace noroshi::crash {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kStatesOfAStory = 100;
constexpr std::uint64_t kStatesOfAFault = 4;
constexpr std::size_t kShort = 400;  // changes; a longer story is not told again for each of its calls

// Two folders that are gone at the end, in memory: nothing here is to outlast anything.
struct Workshop {
  Workshop() {
    std::string name =
        ((fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) / "noroshi-crash-XXXXXX");
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    root = name;
  }
  ~Workshop() { fs::remove_all(root); }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  fs::path told() const { return root / "told"; }  // where the story happens
  fs::path left() const { return root / "left"; }  // what a crash leaves of it
  fs::path root;
};

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a * 0x9E3779B97F4A7C15u + b * 0xBF58476D1CE4E5B9u + 0x94D049BB133111EBu;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  return z ^ (z >> 31);
}

struct FailedCall {
  std::size_t nth = 0;
  Fault fault = Fault::none;
};

class Campaign {
 public:
  explicit Campaign(const Plan& plan) : plan_(plan), keys_(plan.seed) {
    if (plan_.only) plan_.states = std::max(plan_.states, *plan_.only + 1);
    simulation::let_sodium_draw_from(&keys_);
  }
  ~Campaign() { simulation::let_sodium_draw_from(nullptr); }
  Campaign(const Campaign&) = delete;
  Campaign& operator=(const Campaign&) = delete;

  Verdict run() {
    try {
      for (std::uint64_t number = 0; verdict_.states < plan_.states; ++number)
        if (plan_.faults)
          told_with_faults(number);
        else
          tell(number, {}, kStatesOfAStory);
    } catch (const Broken& broken) {
      verdict_.broken = broken.what();
    }
    return verdict_;
  }

 private:
  bool wanted(std::uint64_t state) const { return !plan_.only || *plan_.only == state; }

  void told_with_faults(std::uint64_t number) {
    if (tell(number, {}, 0).changes > kShort) return;
    for (const Fault fault : kFaults)
      for (std::size_t nth = 0; tell(number, {nth, fault}, kStatesOfAFault).failed; ++nth) continue;
  }

  struct Told {
    std::size_t changes = 0;
    bool failed = false;  // the call that was to
  };

  // One story, and so many crashes of it.
  Told tell(std::uint64_t number, FailedCall call, std::uint64_t states) {
    const std::uint64_t first = verdict_.states;
    const std::uint64_t end = std::min(first + states, plan_.states);
    verdict_.states = end;
    const bool any = !plan_.only || (first <= *plan_.only && *plan_.only < end);
    // Nothing is to be learnt from its end but where the fault was the last.
    if (!any && !plan_.faults) return {};
    story_ = made(number);
    std::optional<Disk> disk;
    Told told;
    try {
      Chance chance(mixed(plan_.seed, number));
      Image().lay_out(workshop_.told());
      story_->prepare(workshop_.told(), chance);
      Recorder recorder(workshop_.told(), plan_.doubles.unsynced);
      if (call.fault != Fault::none) recorder.fail(call.nth, call.fault);
      story_->run(recorder, chance);
      told = {recorder.disk().changes(), recorder.failed()};
      if (any) disk = recorder.disk();
      if (any && !(disk->cached() == Image::of(workshop_.told())))
        throw std::logic_error("the folder was changed by a call that the recorder does not know");
    } catch (const std::exception& error) {
      broken(number, call, std::nullopt, error.what());
    }
    ++verdict_.stories;
    verdict_.changes += told.changes;
    for (std::uint64_t state = first; state < end; ++state)
      if (wanted(state)) crash(number, call, *disk, state);
    return told;
  }

  void crash(std::uint64_t number, FailedCall call, const Disk& disk, std::uint64_t state) {
    Chance chance(mixed(~plan_.seed, state));
    std::size_t at = static_cast<std::size_t>(chance.between(0, static_cast<std::int64_t>(disk.changes())));
    if (chance.one_in(2)) at = chance.pick(story_->moments());
    try {
      Image left = disk.after_crash(at, chance);
      left.lay_out(workshop_.left());
      if (chance.one_in(6)) {
        // It crashes again while it is opened.
        std::optional<Disk> again;
        {
          Recorder recorder(workshop_.left(), plan_.doubles.unsynced);
          story_->open(workshop_.left(), at);
          again = recorder.disk();
        }
        const auto second = chance.between(0, static_cast<std::int64_t>(again->changes()));
        Image twice = again->after_crash(static_cast<std::size_t>(second), chance);
        twice.halved_rename |= left.halved_rename;
        left = std::move(twice);
        left.lay_out(workshop_.left());
      }
      story_->check(workshop_.left(), at, left.halved_rename);
    } catch (const std::exception& error) {
      std::ostringstream where;
      where << "state " << state << ", a crash before change " << at << " of " << disk.changes();
      broken(number, call, where.str(), error.what());
    }
  }

  [[noreturn]] void broken(std::uint64_t number, FailedCall call, const std::optional<std::string>& where,
                           const std::string& what) const {
    std::ostringstream out;
    out << plan_.store << (plan_.faults ? " --faults" : "") << ", seed " << plan_.seed << ", story " << number;
    if (call.fault != Fault::none) out << ", call " << call.nth << " failed with " << name_of(call.fault);
    if (where) out << ", " << *where;
    out << ": " << what;
    throw Broken(out.str());
  }

  std::unique_ptr<Story> made(std::uint64_t number) const {
    if (plan_.store == "broker") return broker_story(plan_.doubles);
    if (plan_.store == "subscriber") return subscriber_story(plan_.doubles);
    return number % 2 == 0 ? publisher_story(plan_.doubles) : agent_story(plan_.doubles);
  }

  Plan plan_;
  Chance keys_;  // for what is secret: its values decide nothing
  Workshop workshop_;
  Verdict verdict_;
  std::unique_ptr<Story> story_;
};

}  // namespace

Verdict run_campaign(const Plan& plan) { return Campaign(plan).run(); }

}  // namespace noroshi::crash
