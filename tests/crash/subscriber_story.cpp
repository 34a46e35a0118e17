// The subscriber's inbox: what was stored is there, with its cursor and the receipts that are owed, and no other.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "subscriber/inbox.h"
#include "subscriber/inbox_folder.h"
#include "subscriber/lane_state.h"
#include "tests/crash/story.h"
#include "tests/unit/subscriber/inbox_scene.h"

namespace noroshi::crash {

namespace fs = std::filesystem;
using namespace subscriber;

namespace {

constexpr Micros kNow{1'780'306'200'123'456};
constexpr std::uint64_t kBatched = 1'000'000;  // where that lane's sequences begin here

// What the inbox holds, in our own books.
struct Ledger {
  struct Kept {
    bool opened = false;
    std::optional<Answer> answer;
  };
  std::map<std::uint64_t, Kept> entries;
  std::map<Lane, std::uint64_t> cursors;
  std::multiset<std::string> owed;

  std::string text() const {
    std::string out = "entries";
    for (const auto& [seq, kept] : entries)
      out += " " + std::to_string(seq) + (kept.opened ? "o" : "") +
             (kept.answer ? std::to_string(static_cast<int>(*kept.answer)) : "");
    for (const auto& [lane, seq] : cursors) out += "\n" + std::string(name_of(lane)) + " " + std::to_string(seq);
    out += "\nowed";
    for (const std::string& each : owed) out += " " + each;
    return out;
  }
};

std::string owed_name(const std::string& report, Stage stage) {
  return report.substr(report.find_last_not_of("0123456789") + 1) + ":" + std::to_string(static_cast<int>(stage));
}

// The same of the inbox itself, each entry held against what was delivered. Throws Broken.
Ledger ledger_of(Inbox& inbox) {
  Ledger out;
  for (const Reading& reading : inbox.readings()) {
    const std::uint64_t seq = reading.entry.seq.value;
    const Delivery made = test::delivery(seq);
    if (reading.entry.body != made.entry.body || reading.entry.salt != made.entry.salt ||
        reading.entry.leaf != made.entry.leaf || reading.report.id() != made.report.id())
      throw Broken("entry " + std::to_string(seq) + " is not what was delivered");
    if (!out.entries.emplace(seq, Ledger::Kept{reading.opened_at.has_value(), reading.answer}).second)
      throw Broken("entry " + std::to_string(seq) + " is there twice");
  }
  for (const Lane lane : {Lane::urgent, Lane::batched})
    if (const auto cursor = inbox.cursor(lane); cursor && *cursor != Seq{}) out.cursors[lane] = cursor->value;
  for (const Owed& each : inbox.owed(100'000)) out.owed.insert(owed_name(each.report, each.stage));
  return out;
}

const wire::Credential& whose() {
  static const wire::Credential credential = test::credential();
  return credential;
}

class SubscriberStory : public Story {
 public:
  explicit SubscriberStory(const Doubles& doubles) : doubles_(doubles) {}

  void run(Recorder& recorder, Chance& chance) override {
    disk_ = &recorder.disk();
    history_.emplace(*disk_, Ledger{}.text());
    live_on(recorder, chance, [&] { live(recorder, chance); });
  }

  void check(const fs::path& folder, std::size_t at, bool) override {
    InboxFolder home(folder / "inbox");
    home.take(whose());
    Inbox inbox(home.open(Durable::at_once));
    ledger_ = ledger_of(inbox);
    history_->check(at, ledger_.text());
    check_integrity(folder / "inbox" / "inbox.sqlite");
    const std::uint64_t next = cursor(Lane::urgent) + 1;
    inbox.store(Lane::urgent, test::batch(next, next), kNow);
    stored(Lane::urgent, next, next);
    if (const std::string after = ledger_of(inbox).text(); after != ledger_.text())
      throw Broken("does not go on: " + after);
  }

  void open(const fs::path& folder, std::size_t) override { InboxFolder(folder / "inbox").take(whose()); }

  std::vector<std::size_t> moments() const override { return history_->moments(); }

 private:
  void live(Recorder& recorder, Chance& chance) {
    InboxFolder home(recorder.folder() / "inbox");
    home.take(whose());
    Inbox inbox(home.open(Durable::at_once));
    LaneStates states(home.open(Durable::in_time));
    ledger_ = ledger_of(inbox);
    history_->seen(*disk_, ledger_.text());
    for (auto steps = steps_of_a_life(chance); steps > 0; --steps) step(inbox, states, chance);
  }

  void step(Inbox& inbox, LaneStates& states, Chance& chance) {
    const Lane lane = chance.one_in(3) ? Lane::batched : Lane::urgent;
    const std::uint64_t here = cursor(lane);
    switch (chance.between(1, 8)) {
      case 1:  // what costs no sync, between what does
        states.link(lane, chance.one_in(2), kNow + static_cast<std::int64_t>(here));
        states.tell(lane, chance.one_in(2), kNow);
        if (ledger_.cursors.contains(lane)) states.heard(lane, Seq{here}, Seq{here + 7}, std::nullopt, kNow);
        return;
      case 2: ledger_.cursors[lane] = here + 1; return act([&] { inbox.reached(lane, Seq{here + 1}); });
      case 3: return mark(inbox, chance);
      case 4: return settle(inbox, chance);
      default: break;
    }
    // Some of it may have come before.
    const auto count = static_cast<std::uint64_t>(chance.between(1, 4));
    const std::uint64_t first = here + (here > base(lane) && chance.one_in(2) ? 0 : 1);
    stored(lane, first, first + count - 1);
    act([&] { inbox.store(lane, test::batch(first, first + count - 1), kNow); });
  }

  // A report is opened or answered.
  void mark(Inbox& inbox, Chance& chance) {
    if (ledger_.entries.empty()) return;
    auto each = std::next(ledger_.entries.begin(), chance.between(0, std::int64_t(ledger_.entries.size()) - 1));
    const auto reading = inbox.find(std::to_string(each->first));
    if (!reading) throw Broken("entry " + std::to_string(each->first) + " is not found");
    const std::string id = reading->report.id();
    if (chance.one_in(2)) {
      if (!each->second.opened) ledger_.owed.insert(owed_name(id, Stage::opened));
      each->second.opened = true;
      return act([&] { inbox.opened(*reading, kNow); });
    }
    each->second = {true, Answer::relevant};
    ledger_.owed.insert(owed_name(id, Stage::responded));
    act([&] { inbox.answered(*reading, Answer::relevant, "見ました", kNow); });
  }

  void settle(Inbox& inbox, Chance& chance) {
    std::vector<std::int64_t> numbers;
    for (const Owed& each : inbox.owed(static_cast<std::size_t>(chance.between(1, 3)))) {
      numbers.push_back(each.number);
      ledger_.owed.erase(ledger_.owed.find(owed_name(each.report, each.stage)));
    }
    act([&] { inbox.settle(numbers); });
  }

  void stored(Lane lane, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t seq = first; seq <= last; ++seq)
      if (ledger_.entries.try_emplace(seq).second)
        ledger_.owed.insert(owed_name(test::report_id(seq), Stage::delivered));
    ledger_.cursors[lane] = std::max(ledger_.cursors[lane], last);
  }

  // Our own books have been changed already.
  void act(const std::function<void()>& action) {
    history_->doing(*disk_, ledger_.text());
    if (doubles_.acknowledged_early) history_->done(*disk_);
    action();
    if (!doubles_.acknowledged_early) history_->done(*disk_);
  }

  static std::uint64_t base(Lane lane) { return lane == Lane::urgent ? 0 : kBatched; }
  std::uint64_t cursor(Lane lane) const {
    const auto found = ledger_.cursors.find(lane);
    return std::max(base(lane), found == ledger_.cursors.end() ? 0 : found->second);
  }

  Doubles doubles_;
  const Disk* disk_ = nullptr;
  std::optional<History> history_;
  Ledger ledger_;
};

}  // namespace

std::unique_ptr<Story> subscriber_story(const Doubles& doubles) { return std::make_unique<SubscriberStory>(doubles); }

}  // namespace noroshi::crash
