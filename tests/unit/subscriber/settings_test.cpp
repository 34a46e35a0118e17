#include "subscriber/settings.h"

#include <fstream>

#include "proto/cli/cli.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/inbox_scene.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

std::string complaint(const std::string& text) {
  const InboxScene scene;
  const auto file = scene.path() / "subscriber.toml";
  std::ofstream(file) << text;
  try {
    load_settings(file);
  } catch (const cli::Failure& failure) {
    CHECK(failure.code == cli::kUsage);
    return failure.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the sample is what is assumed without a file, and explains itself in both languages") {
  const InboxScene scene;
  const auto file = scene.path() / "subscriber.toml";
  write_sample_settings(file);
  const Settings sample = load_settings(file), none;
  CHECK(sample.topics == none.topics);
  CHECK(sample.statuses == none.statuses);
  CHECK(sample.lanes == none.lanes);
  CHECK(sample.from_start == none.from_start);
  CHECK(sample.sinks.empty());
}

TEST_CASE("its sinks, once they are no comments, are right") {
  const InboxScene scene;
  const auto file = scene.path() / "subscriber.toml";
  write_sample_settings(file);
  std::ifstream in(file);
  std::string text, line;
  while (std::getline(in, line)) {
    const bool setting = line.starts_with("# [[") || (line.starts_with("# ") && line.find(" = ") < 20);
    text += (setting ? line.substr(2) : line) + "\n";
  }
  in.close();
  std::ofstream(file) << text;
  const Settings settings = load_settings(file);
  REQUIRE(settings.sinks.size() == 2);
  CHECK(settings.sinks[0].type == SinkSettings::Type::file);
  CHECK(settings.sinks[1].command.size() == 3);
  CHECK(settings.sinks[1].timeout_seconds == 30);
  CHECK_FALSE(settings.sinks[1].from_start);
}

TEST_CASE("what is wrong is said with its line") {
  const std::string sink = "[[sink]]\nname = \"a\"\n";
  CHECK(has(complaint("topics = []"), ":1:"));
  CHECK(has(complaint("\ntopics = \"C\""), ":2:"));
  CHECK(has(complaint("lanes = [\"fast\"]"), "urgent"));
  CHECK(has(complaint("from = \"yesterday\""), "now"));
  CHECK(has(complaint("sink = 1"), "[[sink]]"));
  CHECK(has(complaint(sink), "type"));
  CHECK(has(complaint(sink + "type = \"file\""), "path"));
  CHECK(has(complaint(sink + "type = \"exec\""), "command"));
  CHECK(has(complaint(sink + "type = \"exec\"\ncommand = [\"x\"]\ntimeout_seconds = 0"), ":5:"));
  CHECK(has(complaint(sink + "type = \"file\"\npath = \"x\"\ncommand = [\"x\"]"), "unknown key"));
  const std::string whole = sink + "type = \"file\"\npath = \"x\"\n";
  CHECK(has(complaint(whole + whole), "same name"));
  CHECK(complaint(whole).empty());
}

}  // namespace noroshi::test
