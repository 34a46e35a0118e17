// The broker's log: what append() has returned from is there, byte for byte, in its sequence.
#include <algorithm>
#include <optional>

#include "broker/store/sqlite_log.h"
#include "tests/contract/log_fixture.h"
#include "tests/crash/story.h"

namespace noroshi::crash {

namespace fs = std::filesystem;
using namespace store;

namespace {

// Entry number `seq` of every log here: most are small, a few fill pages of their own.
NewEntry entry(std::uint64_t seq) {
  const std::uint64_t mixed = seq * 0x9E3779B97F4A7C15u >> 32;
  if (mixed % 5 == 0) return test::other(seq, mixed % 2 == 0 ? EntryKind::posture : EntryKind::member);
  const Lane lane = mixed % 3 == 0 ? Lane::batched : Lane::urgent;
  return test::report(seq, lane, mixed % 16 == 1 ? 20'000 + mixed % 40'000 : 40 + mixed % 3000);
}

std::vector<NewEntry> entries(std::uint64_t after, std::uint64_t count) {
  std::vector<NewEntry> out;
  for (std::uint64_t seq = after + 1; seq <= after + count; ++seq) out.push_back(entry(seq));
  return out;
}

Facts facts(std::uint64_t version) {
  if (version == 0) return {};
  return {{"item", "C.disaster"}, {"origin", "broker " + std::to_string(version)}};
}

std::string content(std::uint64_t head, std::uint64_t version) {
  return std::to_string(head) + " entries, facts " + std::to_string(version);
}

// Holds all that it says against what was appended. Throws Broken.
std::string content_of(Log& log, const fs::path& file) {
  const auto reader = open_sqlite_reader(file);
  const std::uint64_t head = log.head().value;
  if (reader->head() != log.head()) throw Broken("reader and writer have different heads");
  const ReadResult all = reader->read(Seq{1}, {}, {.rows = 100'000, .bytes = 1u << 30});
  if (all.upto != log.head() || all.entries.size() != head) throw Broken("entries are missing before the head");
  ReportId newest;
  for (const Entry& there : all.entries) {
    const auto [made, id] = entry(there.seq.value);
    const bool same = there.recorded_at == made.recorded_at && there.kind == made.kind && there.lane == made.lane &&
                      there.salt == made.salt && there.leaf == made.leaf && there.body == made.body;
    if (!same) throw Broken("entry " + std::to_string(there.seq.value) + " is not what was appended");
    if (id.value.empty()) continue;
    const auto found = reader->find(id);
    if (!found || found->seq != there.seq) throw Broken("report " + id.value + " is not found");
    newest = std::max(newest, id);
  }
  if (reader->newest_report() != newest) throw Broken("the newest report is another one");
  if (reader->find(test::report_id(head + 1))) throw Broken("a report is known that is not in the log");
  const Facts there = facts_of(file);
  std::uint64_t version = 0;
  while (version < 100 && there != facts(version)) ++version;
  return content(head, version);
}

class BrokerStory : public Story {
 public:
  explicit BrokerStory(const Doubles& doubles) : doubles_(doubles) {}

  void run(Recorder& recorder, Chance& chance) override {
    recorder_ = &recorder;
    disk_ = &recorder.disk();
    history_.emplace(*disk_, content(0, 0));
    live_on(recorder, chance, [&] { live(recorder, chance); });
  }

  void check(const fs::path& folder, std::size_t at, bool) override {
    const fs::path file = folder / "log.db";
    SqliteLog log(file, if_missing(at));
    const std::string found = content_of(log, file);
    history_->check(at, found);
    check_integrity(file);
    const std::uint64_t head = log.head().value;
    log.append(entries(head, 1));
    log.rest();
    const std::string after = content_of(log, file);
    if (after != content(head + 1, std::stoull(found.substr(found.rfind(' ')))))
      throw Broken("does not go on: " + after);
  }

  void open(const fs::path& folder, std::size_t at) override { SqliteLog(folder / "log.db", if_missing(at)); }

  std::vector<std::size_t> moments() const override { return history_->moments(); }

 private:
  // Who made a log once never makes it anew.
  IfMissing if_missing(std::size_t at) const {
    return made_at_ && *made_at_ <= at ? IfMissing::refuse : IfMissing::create;
  }

  void live(Recorder& recorder, Chance& chance) {
    const fs::path file = recorder.folder() / "log.db";
    SqliteLog log(file, if_missing(disk_->changes()));
    if (!made_at_) made_at_ = disk_->changes();
    history_->seen(*disk_, content_of(log, file));
    const std::string now = history_->now();
    version_ = std::stoull(now.substr(now.rfind(' ')));
    std::unique_ptr<Reader> beside;  // keeps the write-ahead log from being removed at the end
    if (chance.one_in(2)) beside = open_sqlite_reader(file);
    try {
      for (auto steps = steps_of_a_life(chance); steps > 0; --steps) step(log, chance);
    } catch (const StorageError&) {
      if (!recorder.dead()) expect_refusal(log);
      throw;
    }
  }

  void step(SqliteLog& log, Chance& chance) {
    const std::uint64_t head = log.head().value;
    if (chance.one_in(6)) return log.rest();
    if (chance.one_in(8)) {
      act(content(head, version_ + 1), [&] { log.remember(facts(version_ + 1)); });
      ++version_;
      return;
    }
    const auto count = static_cast<std::uint64_t>(chance.between(1, 4));
    act(content(head + count, version_), [&] { log.append(entries(head, count)); });
  }

  void act(const std::string& after, const std::function<void()>& action) {
    history_->doing(*disk_, after);
    if (doubles_.acknowledged_early) history_->done(*disk_);
    try {
      action();
    } catch (const StorageError&) {
      if (doubles_.acknowledged_though_failed && !recorder_->dead()) history_->done(*disk_);
      throw;
    }
    if (!doubles_.acknowledged_early) history_->done(*disk_);
  }

  static void expect_refusal(SqliteLog& log) {
    try {
      log.append(entries(log.head().value, 1));
    } catch (const StorageError&) {
      return;
    }
    throw Broken("it takes entries after a failure");
  }

  Doubles doubles_;
  const Recorder* recorder_ = nullptr;
  const Disk* disk_ = nullptr;
  std::optional<History> history_;
  std::optional<std::size_t> made_at_;
  std::uint64_t version_ = 0;
};

}  // namespace

std::unique_ptr<Story> broker_story(const Doubles& doubles) { return std::make_unique<BrokerStory>(doubles); }

}  // namespace noroshi::crash
