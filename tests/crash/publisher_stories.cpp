// The publisher's folders. The outbox: what put() has returned from is there, and what lies there keeps its bytes. The spool:
// what was put into it reaches the broker, once, and ends in sent/ with its result.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "proto/cli/cli.h"
#include "publisher/agent.h"
#include "publisher/import_json.h"
#include "publisher/outbox.h"
#include "schemas/matrix_loader.h"
#include "tests/crash/story.h"

namespace noroshi::crash {

namespace fs = std::filesystem;
using namespace publisher;

namespace {

const Matrix& matrix() {
  static const Matrix shipped = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return shipped;
}

const wire::SigningKey& key() {
  static const wire::SigningKey made = wire::make_signing_key();
  return made;
}

constexpr Micros kNow{1'780'306'200'123'456};
const publisher::Author kAuthor{"tepco", "sector"};

std::string json_of(const std::string& title) {
  return R"({"item":"C.it-failure","status":"ACTUAL","tlp":"GREEN","title":{"ja":")" + title +
         R"("},"sections":[{"field":"content","text":{"ja":"内容"}}]})" + "\n";
}

std::string title_of(const v1::SignedReport& report) {
  v1::Report plain;
  if (!plain.ParseFromString(report.report())) throw Broken("a signed report is none");
  return plain.title().at("ja");
}

// --- the outbox ------------------------------------------------------------------------------------------------------

const std::vector<Letter>& some_letters() {
  static const std::vector<Letter> made = [] {
    std::string text;
    for (int i = 0; i < 8; ++i) text += json_of("title " + std::to_string(i));
    return seal(prepare_text("f.json", text, import_json, Terms{matrix(), kAuthor, std::nullopt, cli::wall_clock()}),
                key());
  }();
  return made;
}

class OutboxStory : public Story {
 public:
  explicit OutboxStory(const Doubles& doubles) : doubles_(doubles) {}

  void run(Recorder& recorder, Chance& chance) override {
    disk_ = &recorder.disk();
    history_.emplace(*disk_, text({}));
    live_on(recorder, chance, [&] { live(recorder, chance); });
  }

  void check(const fs::path& folder, std::size_t at, bool) override {
    Outbox outbox(folder / "outbox");
    auto held = contents_of(outbox);
    history_->check(at, text(held));
    const std::string stamp = outbox.fresh_stamp(Micros{1});
    outbox.put(stamp, some_letters());
    held[stamp] = to_lines(some_letters());
    if (const auto after = contents_of(outbox); after != held) throw Broken("does not go on: " + text(after));
  }

  void open(const fs::path& folder, std::size_t) override { Outbox(folder / "outbox"); }

  std::vector<std::size_t> moments() const override { return history_->moments(); }

 private:
  using Contents = std::map<std::string, std::string>;  // by stamp

  static Contents contents_of(const Outbox& outbox) {
    Contents out;
    for (const Outbox::Entry& entry : outbox.entries()) {
      if (!entry.is_signed || !entry.original.empty()) throw Broken(entry.stamp + ": none that was put");
      out[entry.stamp] = to_lines(outbox.letters(entry.stamp));
    }
    return out;
  }

  static std::string text(const Contents& contents) {
    std::string out = "outbox\n";
    for (const auto& [stamp, lines] : contents) out.append(stamp).append("\n").append(lines);
    return out;
  }

  void live(Recorder& recorder, Chance& chance) {
    Outbox outbox(recorder.folder() / "outbox");
    held_ = contents_of(outbox);
    history_->seen(*disk_, text(held_));
    for (auto steps = chance.between(2, 8); steps > 0; --steps) step(outbox, chance);
  }

  void step(Outbox& outbox, Chance& chance) {
    const auto oldest = held_.empty() ? std::string() : held_.begin()->first;
    if (!oldest.empty() && chance.one_in(3)) {
      held_.erase(oldest);
      return act([&] { outbox.remove(oldest); });
    }
    // A new one, or what is left of one after answers to some of it.
    const std::string stamp = !oldest.empty() && chance.one_in(3) ? oldest : outbox.fresh_stamp(kNow);
    const auto first = some_letters().begin() + chance.between(0, 3);
    const std::vector<Letter> letters(first, first + chance.between(1, 4));
    held_[stamp] = to_lines(letters);
    act([&] { outbox.put(stamp, letters); });
  }

  void act(const std::function<void()>& action) {
    history_->doing(*disk_, text(held_));
    if (doubles_.acknowledged_early) history_->done(*disk_);
    action();
    if (!doubles_.acknowledged_early) history_->done(*disk_);
  }

  Doubles doubles_;
  const Disk* disk_ = nullptr;
  std::optional<History> history_;
  Contents held_;
};

// --- the spool -------------------------------------------------------------------------------------------------------

// What it has been sent, by id.
class Broker {
 public:
  explicit Broker(const std::vector<std::pair<std::size_t, v1::SignedReport>>& sent = {}, std::size_t at = 0) {
    for (const auto& [when, report] : sent)
      if (when <= at) submit(report);
  }

  v1::Accepted submit(const v1::SignedReport& report) {
    v1::Report plain;
    if (!plain.ParseFromString(report.report())) throw Broken("a signed report is none");
    const auto [known, is_new] = reports_.emplace(plain.id(), report.SerializeAsString());
    if (known->second != report.SerializeAsString()) throw Broken("other bytes under the same id");
    if (is_new) titles.push_back(title_of(report));
    v1::Accepted accepted;
    accepted.set_report_id(plain.id());
    accepted.set_seq(titles.size());
    accepted.set_duplicate(!is_new);
    return accepted;
  }

  std::vector<std::string> titles;

 private:
  std::map<std::string, std::string> reports_;
};

class AgentStory : public Story {
 public:
  explicit AgentStory(const Doubles& doubles) : doubles_(doubles) {}

  // By whom files are put there, they are durable.
  void prepare(const fs::path& folder, Chance& chance) override {
    for (auto n = chance.between(1, 4); n > 0; --n) drop(folder / "spool", chance);
  }

  void run(Recorder& recorder, Chance& chance) override {
    disk_ = &recorder.disk();
    live_on(recorder, chance, [&] {
      Broker broker(sent_, disk_->changes());
      live(recorder.folder(), broker, &chance);
    });
    read_failed_ = recorder.failed();
  }

  void check(const fs::path& folder, std::size_t at, bool halved_rename) override {
    Broker broker(sent_, at);
    live(folder, broker, nullptr);
    if (!halved_rename && broker.titles.size() == titles_.size() && broker.titles != titles_)
      throw Broken("out of order");
    std::vector<std::string> titles = broker.titles;
    std::sort(titles.begin(), titles.end());
    const auto doubled = std::adjacent_find(titles.begin(), titles.end());
    if (doubled != titles.end() && !halved_rename) throw Broken("sent twice: " + *doubled);
    titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
    std::vector<std::string> expected = titles_;
    std::sort(expected.begin(), expected.end());
    if (titles != expected && !read_failed_)
      throw Broken("lost: " + std::to_string(titles.size()) + " reports arrived");
    const Image left = Image::of(folder / "spool");
    for (const auto& [name, text] : files_) {
      const bool rejected = read_failed_ && left.files.contains("rejected/" + name);
      const std::string path = (rejected ? "rejected/" : "sent/") + name;
      const auto there = left.files.find(path);
      if (there == left.files.end() || there->second != text) throw Broken(path + " is not as it was");
      const auto result = left.files.find(path + ".result.json");
      const auto lines = [](const std::string& all) { return std::count(all.begin(), all.end(), '\n'); };
      if (result == left.files.end() || (!rejected && lines(result->second) != lines(text)))
        throw Broken(path + " is without its result");
    }
    for (const auto& [path, text] : left.files)
      if (path.find('/') == std::string::npos || (path.starts_with("outbox/") && path.find("/.") == std::string::npos))
        throw Broken("left behind: " + path);
  }

  void open(const fs::path& folder, std::size_t) override { const Agent agent = agent_in(folder); }

  std::vector<std::size_t> moments() const override {
    std::vector<std::size_t> out{0};
    for (const auto& [when, report] : sent_) out.push_back(when);
    return out;
  }

 private:
  void drop(const fs::path& spool, Chance& chance) {
    const std::string name = "file-" + std::to_string(files_.size()) + ".json";
    std::string text;
    for (auto n = chance.between(1, 3); n > 0; --n) {
      titles_.push_back("report " + std::to_string(titles_.size()));
      text += json_of(titles_.back());
    }
    Folder(spool).write(name, text);
    files_[name] = text;
  }

  static Agent agent_in(const fs::path& folder) {
    return Agent(folder / "spool", matrix(), kAuthor, key(), cli::wall_clock(), [](const Outcome&, const publisher::Subject&) {});
  }

  // To the end of its work. With a chance it is recorded, and files leave while others wait for answers.
  void live(const fs::path& folder, Broker& broker, Chance* chance) {
    Agent agent = agent_in(folder);
    const Micros later = cli::wall_clock() + 3600 * kMicrosPerSecond;
    while (agent.work(later)) continue;
    for (const auto& [number, parcel] : agent.unanswered(0)) {
      if (chance) sent_.emplace_back(disk_->changes(), parcel->report);
      agent.answered(number, broker.submit(parcel->report));
      if (chance && chance->one_in(3)) agent.settle(1);
    }
    while (agent.work(later)) continue;
  }

  Doubles doubles_;
  const Disk* disk_ = nullptr;
  std::map<std::string, std::string> files_;
  std::vector<std::string> titles_;
  std::vector<std::pair<std::size_t, v1::SignedReport>> sent_;  // and before which change
  bool read_failed_ = false;  // perhaps that of a file: the agent rejects one that it cannot read
};

}  // namespace

std::unique_ptr<Story> publisher_story(const Doubles& doubles) { return std::make_unique<OutboxStory>(doubles); }
std::unique_ptr<Story> agent_story(const Doubles& doubles) { return std::make_unique<AgentStory>(doubles); }

}  // namespace noroshi::crash
