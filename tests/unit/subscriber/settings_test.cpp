#include "subscriber/settings.h"

#include <algorithm>
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
  REQUIRE(settings.sinks.size() == 6);
  const auto sink = [&](const std::string& name) {
    return *std::find_if(settings.sinks.begin(), settings.sinks.end(), [&](const auto& s) { return s.name == name; });
  };
  CHECK(sink("archive").type == SinkSettings::Type::file);
  CHECK(sink("archive").format == SinkSettings::Format::ndjson);
  CHECK(sink("newsletters").format == SinkSettings::Format::html);
  CHECK(sink("newsletters").language == Language::ja);
  CHECK(sink("pager").command.size() == 3);
  CHECK(sink("pager").timeout_seconds == 30);
  CHECK_FALSE(sink("pager").from_start);
  CHECK(sink("bell").command.front().ends_with("/noroshi-bell"));
  CHECK(sink("siem").address.scheme == "tcp");
  CHECK(sink("siem").address.port == 514);
  CHECK(sink("siem").facility == 16);
  CHECK(sink("chat").address.host == "chat.example.jp");
  CHECK(sink("chat").ca_file.filename() == "our-ca.pem");
  for (const SinkSettings& each : settings.sinks) CHECK(each.drills);
}

TEST_CASE("what is wrong is said with its line") {
  const std::string sink = "[[sink]]\nname = \"a\"\n";
  for (const char* nothing : {"", "# all of it is gone\n"}) CHECK(has(complaint(nothing), "empty"));
  CHECK(has(complaint("topics = []"), ":1:"));
  CHECK(has(complaint("\ntopics = \"C\""), ":2:"));
  CHECK(has(complaint("lanes = [\"fast\"]"), "urgent"));
  CHECK(has(complaint("\nlanes = [\"batched\"]"), ":2:"));
  CHECK(complaint("lanes = [\"urgent\"]").empty());
  CHECK(has(complaint("from = \"yesterday\""), "now"));
  CHECK(has(complaint("sink = 1"), "[[sink]]"));
  CHECK(has(complaint(sink), "type"));
  CHECK(has(complaint(sink + "type = \"file\""), "path"));
  CHECK(has(complaint(sink + "type = \"exec\""), "command"));
  CHECK(has(complaint(sink + "type = \"exec\"\ncommand = [\"x\"]\ntimeout_seconds = 0"), ":5:"));
  CHECK(has(complaint(sink + "type = \"file\"\npath = \"x\"\ncommand = [\"x\"]"), "unknown key"));
  const std::string whole = sink + "type = \"file\"\npath = \"x\"\n";
  CHECK(has(complaint(whole + whole), "same name"));
  CHECK(has(complaint(whole + "format = \"pdf\""), "\"html\""));
  CHECK(has(complaint(whole + "language = \"fr\""), "\"ja\" | \"en\""));
  CHECK(has(complaint(whole + "drills = \"no\""), "true | false"));
  const std::string syslog = sink + "type = \"syslog\"\naddress = ";
  for (const char* wrong : {"\"tcp://host\"", "\"host:514\"", "\"tcp://host:514/x\"", "\"unix://dev/log\"",
                            "\"unix:///\"", "\"tcp://host:65536\"", "\"tcp://a b:514\"", "\"tcp://:514\""})
    CHECK(has(complaint(syslog + wrong), ":4: "));
  CHECK(has(complaint(syslog + "\"udp://host:514\"\nfacility = \"kern\""), "local0"));
  for (const char* right : {"\"udp://[::1]:514\"", "\"unix:///dev/log\"", "\"tcp://127.0.0.1:1\""})
    CHECK(complaint(syslog + right).empty());
  const std::string webhook = sink + "type = \"webhook\"\nsecret_file = \"s\"\nurl = ";
  CHECK(has(complaint(sink + "type = \"webhook\"\nurl = \"https://a\""), "secret_file"));
  for (const char* wrong :
       {"\"ftp://a/\"", "\"https://\"", "\"https:///a\"", "\"https://user:word@a/\"", "\"https://a/#b\""})
    CHECK(has(complaint(webhook + wrong), ":5: "));
  for (const char* open : {"\"http://a/\"", "\"http://127.0.0.1.example.jp/\"", "\"http://10.0.0.1/\""}) {
    CHECK(has(complaint(webhook + open), "allow_http"));
    CHECK(complaint(webhook + open + "\nallow_http = true").empty());
  }
  for (const char* right :
       {"\"https://a:8443/b?c\"", "\"http://localhost:80/\"", "\"http://127.0.0.1:80\"", "\"http://[::1]:80/\""})
    CHECK(complaint(webhook + right).empty());
  CHECK(complaint(whole).empty());
}

}  // namespace noroshi::test
