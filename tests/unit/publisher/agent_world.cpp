#include "tests/unit/publisher/agent_world.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "proto/cli/cli.h"
#include "publisher/import_json.h"
#include "schemas/matrix_loader.h"
#include "tests/support/catch.h"

namespace noroshi::publisher::test {

namespace fs = std::filesystem;

namespace {
constexpr std::string_view kForbidden = "forbidden";  // the broker rejects what has it in its title
}

KillAt::KillAt(std::size_t nth) {
  at_each_moment = [left = nth]() mutable {
    if (left > 0 && --left == 0) throw Killed();
  };
}
KillAt::~KillAt() { at_each_moment = nullptr; }

TemporaryFolder::TemporaryFolder() {
  std::string made = (fs::temp_directory_path() / "noroshi-agent-XXXXXX").string();
  REQUIRE(::mkdtemp(made.data()) != nullptr);
  path = made;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& each : fs::directory_iterator(folder))
    if (const auto name = each.path().filename().string(); !name.starts_with('.')) out.push_back(name);
  std::sort(out.begin(), out.end());
  return out;
}

const Matrix& shipped() {
  static const Matrix matrix = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  return matrix;
}

const wire::SigningKey& some_key() {
  static const wire::SigningKey key = wire::make_signing_key();
  return key;
}

std::string report_json(const std::string& title) {
  return R"({"item":"C.it-failure","status":"ACTUAL","tlp":"GREEN","title":{"ja":")" + title +
         R"("},"sections":[{"field":"content","text":{"ja":"内容"}}]})";
}

std::vector<Letter> letters(const std::vector<std::string>& titles) {
  std::string text;
  for (const std::string& title : titles) text += report_json(title) + "\n";
  const Terms terms{shipped(), Author{"tepco", "sector"}, std::nullopt, cli::wall_clock()};
  return seal(prepare_text("f.json", text, import_json, terms), some_key());
}

std::string title_of(const v1::SignedReport& report) {
  v1::Report plain;
  REQUIRE(plain.ParseFromString(report.report()));
  return plain.title().at("ja");
}

void World::drop(const std::string& name, const std::string& text) {
  const fs::path draft = spool() / ("." + name);
  std::ofstream(draft, std::ios::binary) << text;
  fs::rename(draft, spool() / name);
  dropped_[name] = text;
  for (const Imported& imported : import_json(name, text))
    if (const auto* report = std::get_if<v1::Report>(&imported.report))
      if (const auto title = report->title().find("ja"); title != report->title().end())
        if (title->second.find(kForbidden) == std::string::npos) titles_.push_back(title->second);
}

Answer World::submit(const Parcel& parcel) {
  const std::string title = title_of(parcel.report);
  if (title.find(kForbidden) != std::string::npos) return Rejection{Reason::not_permitted, "item", "not yours"};
  const auto [known, is_new] = known_.emplace(parcel.id.value, parcel.report.SerializeAsString());
  if (known->second != parcel.report.SerializeAsString()) return Rejection{Reason::id_conflict, "id", "other bytes"};
  if (is_new) log.push_back(title);
  v1::Accepted accepted;
  accepted.set_report_id(parcel.id.value);
  accepted.set_seq(log.size());
  accepted.set_duplicate(!is_new);
  return accepted;
}

bool World::live(std::size_t killed_at) {
  const KillAt kill(killed_at);
  try {
    Agent agent(
        spool(), shipped(), Author{"tepco", "sector"}, some_key(), cli::wall_clock(),
        [this](const Outcome& outcome, const Subject& subject) { told.push_back(outcome_json(outcome, subject)); });
    moment();
    const Micros later = cli::wall_clock() + 60 * kMicrosPerSecond;
    while (agent.work(later)) continue;
    // The answers come after all has left, and the program may end at each of them.
    std::vector<std::pair<std::uint64_t, Answer>> answers;
    for (const auto& [number, parcel] : agent.unanswered(0)) {
      moment();
      answers.emplace_back(number, submit(*parcel));
    }
    for (auto& [number, answer] : answers) {
      moment();
      agent.answered(number, std::move(answer));
    }
    while (agent.work(later)) continue;
    moment();
    return true;
  } catch (const Killed&) {
    return false;
  }
}

std::string World::broken() const {
  std::vector<std::string> sorted = log, expected = titles_;
  std::sort(sorted.begin(), sorted.end());
  std::sort(expected.begin(), expected.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return "doubled";
  if (sorted != expected) return "lost";
  if (log != titles_) return "out of order";
  if (names_in(spool()) != std::vector<std::string>{"outbox", "rejected", "sent"}) return "left in the spool";
  if (!names_in(spool() / "outbox").empty()) return "left in the outbox";
  std::size_t found = 0;
  for (const char* folder : {"sent", "rejected"}) {
    for (const std::string& name : names_in(spool() / folder)) {
      if (name.ends_with(".result.json")) continue;
      ++found;
      const auto original = dropped_.find(name);
      if (original == dropped_.end() || read(spool() / folder / name) != original->second)
        return "not as it was: " + name;
      const std::string results = read(spool() / folder / (name + ".result.json"));
      const auto lines = static_cast<std::size_t>(std::count(results.begin(), results.end(), '\n'));
      if (lines != import_json(name, original->second).size()) return "without its result: " + name;
      const bool rejected = results.find(R"("result":"rejected")") != std::string::npos;
      if (rejected != (std::string_view(folder) == "rejected")) return "in the wrong folder: " + name;
    }
  }
  return found == dropped_.size() ? "" : "a file is missing";
}

}  // namespace noroshi::publisher::test
