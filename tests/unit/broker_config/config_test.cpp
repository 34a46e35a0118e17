// What the loaders say about files that are wrong: the file, the line, the key and what to do.
#include <sys/stat.h>

#include <functional>
#include <string>
#include <vector>

#include "broker/runtime/sample_files.h"
#include "proto/wire/credential.h"
#include "tests/support/catch.h"
#include "tests/unit/broker_config/temp_folder.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using runtime::ConfigError;

// Line numbers in the table are lines of this text, counted from 1.
const std::string kGood = R"(origin = "noroshi.example.jp"
host = "127.0.0.1"
port = 7701
[digest]
interval_seconds = 900
entries = 200
bytes = 1048576
[http]
host = "127.0.0.1"
)";

std::string complaint(const std::function<void()>& load) {
  try {
    load();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

struct Wrong {
  const char* what;
  std::string text;
  const char* place;   // after the file's name
  const char* reason;  // somewhere in the message
};

void check_table(const std::vector<Wrong>& table, const std::function<void(const std::filesystem::path&)>& load) {
  const TempFolder folder;
  for (const Wrong& row : table) {
    const auto file = folder.write("file.toml", row.text);
    const std::string message = complaint([&] { load(file); });
    INFO(row.what << ": " << message);
    CHECK(message.find(file.string() + row.place) == 0);
    CHECK(message.find(row.reason) != std::string::npos);
    CHECK(message.find("; ") != std::string::npos);  // and what to do
  }
}

TEST_CASE("broker.toml: every mistake is named with its line, key and remedy") {
  const auto with = [](const std::string& from, const std::string& to) { return replaced(kGood, from, to); };
  const auto calls = [](const std::string& to) { return kGood + "[overdue]\ncommand = []\nwebhook = " + to + "\n"; };
  check_table(
      {
          {"empty", "", ": ", "is empty"},
          {"only a comment", "# nothing\n", ":1: ", "'origin' is missing"},
          {"cut off in a text", kGood.substr(0, kGood.size() - 3), ":9: ", "no valid TOML"},
          {"cut off after [digest]", kGood.substr(0, kGood.find("interval")),
           ":4: ", "'digest.interval_seconds' is missing"},
          {"cut off before [http]", kGood.substr(0, kGood.find("[http]")), ":1: ", "'http' is missing"},
          {"no TOML", "host 127.0.0.1\n", ":1: ", "no valid TOML"},
          {"no text at all", std::string("\x00\xff\xfe\x01", 4), ":1: ", "no valid TOML"},
          {"unknown key", with("port", "ports"), ":3: ", "unknown key 'ports'"},
          {"unknown key in a table", with("entries", "entrys"), ":6: ", "unknown key 'digest.entrys'"},
          {"unknown table", kGood + "[mail]\n", ":10: ", "unknown key 'mail'"},
          {"doubled key", with("port = 7701", "port = 7701\nport = 7702"), ":4: ", "no valid TOML"},
          {"origin blank", with("noroshi.example.jp", " "), ":1: ", "'origin' is blank"},
          {"origin with a plus", with("noroshi.example.jp", "a+b"), ":1: ", "'origin' is no name"},
          {"origin a number", with("\"noroshi.example.jp\"", "5"), ":1: ", "'origin' is no text"},
          {"host a name", with("127.0.0.1", "localhost"), ":2: ", "'host' is no IP address"},
          {"port a text", with("7701", "\"7701\""), ":3: ", "'port' is no whole number"},
          {"port a fraction", with("7701", "7701.5"), ":3: ", "'port' is no whole number"},
          {"port zero", with("7701", "0"), ":3: ", "'port' is 0, out of range"},
          {"no room for port + 79", with("7701", "65457"), ":3: ", "from 1 to 65456"},
          {"digest no table", with("[digest]\ninterval_seconds = 900\nentries = 200\nbytes = 1048576", "digest = 1"),
           ":4: ", "'digest' is no table"},
          {"interval zero", with("900", "0"), ":5: ", "'digest.interval_seconds' is 0, out of range"},
          {"interval over a day", with("900", "86401"), ":5: ", "out of range"},
          {"no entries", with("200", "0"), ":6: ", "'digest.entries' is 0"},
          {"more entries than the contract has", with("200", "201"), ":6: ", "from 1 to 200"},
          {"more bytes than the contract has", with("1048576", "1048577"), ":7: ", "'digest.bytes'"},
          {"HTTP host a list", with("[http]\nhost = \"127.0.0.1\"", "[http]\nhost = []"),
           ":9: ", "'http.host' is no text"},
          {"calls without a command", kGood + "[overdue]\n", ":10: ", "'overdue.command' is missing"},
          {"a command of numbers", kGood + "[overdue]\ncommand = [1]\n", ":11: ", "is no text"},
          {"silent without a command", kGood + "[silent]\n", ":10: ", "'silent.command' is missing"},
          {"a program somewhere", kGood + "[silent]\ncommand = [\"call\"]\n", ":11: ", "'silent.command'"},
          {"a command somewhere", kGood + "[overdue]\ncommand = [\"call\"]\n", ":11: ", "is no absolute path"},
          {"a webhook of text", calls("\"https://a.example/\""), ":12: ", "'webhook' is no table"},
          {"a webhook to nowhere", calls(R"({ secret_file = "/s" })"), ":12: ", "'overdue.webhook.url' is missing"},
          {"a webhook without secret", calls(R"({ url = "https://a.example/" })"),
           ":12: ", "'overdue.webhook.secret_file' is missing"},
          {"a webhook for everybody to read", calls(R"({ url = "http://a.example/", secret_file = "/s" })"),
           ":12: ", "is no https URL"},
          {"a webhook with more", calls(R"({ url = "https://a.example/", secret_file = "/s", to = 1 })"),
           ":12: ", "unknown key 'overdue.webhook.to'"},
      },
      [](const auto& file) { runtime::load_config(file); });
}

TEST_CASE("[[witness]]: every mistake is named with its line, key and remedy") {
  const std::string key = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
  const std::string one =
      "[[witness]]\nname = \"first\"\nurl = \"https://witness.example.jp/\"\nverifier_key = \"" + key + "\"\n";
  const auto with = [&](const std::string& from, const std::string& to) { return kGood + replaced(one, from, to); };
  std::string many = kGood;
  for (int i = 0; i < 16; ++i) many += one;
  check_table(
      {
          {"a table, not a list", with("[[witness]]", "[witness]"), ":10: ", "'witness' is no list"},
          {"a list of texts", "witness = [\"a\"]\n" + kGood, ":1: ", "an entry of 'witness' is no table"},
          {"no name", with("name = \"first\"\n", ""), ":10: ", "'witness.name' is missing"},
          {"a name with a blank", with("first", "the first"), ":11: ", "'witness.name' is no name"},
          {"no url", with("url", "#"), ":10: ", "'witness.url' is missing"},
          {"a url without a scheme", with("https://", ""), ":12: ", "'witness.url' is no address"},
          {"a url of something else", with("https", "tcp"), ":12: ", "'witness.url' is no address"},
          {"a url without a host", with("witness.example.jp", ""), ":12: ", "'witness.url' is no address"},
          {"a url with a query", with(".jp/", ".jp/?a=b"), ":12: ", "'witness.url' is no address"},
          {"no key", with("verifier_key", "#"), ":10: ", "'witness.verifier_key' is missing"},
          {"a key cut off", with("mtw2", ""), ":13: ", "'witness.verifier_key'"},
          {"a key of another name", with("remora", "remorA"), ":13: ", "'witness.verifier_key'"},
          {"a key of a log", with(key, "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
           ":13: ", "no key of a witness"},
          {"unknown key", with("url", "address = 1\nurl"), ":12: ", "unknown key 'witness.address'"},
          {"a name twice", kGood + one + one, ":15: ", "\"first\" is there twice"},
          {"a key twice", kGood + one + replaced(one, "first", "second"),
           ":17: ", "'witness.verifier_key' is there twice"},
          {"too many", many, ":10: ", "too many witnesses"},
      },
      [](const auto& file) { runtime::load_config(file); });
  const TempFolder folder;
  const auto config = runtime::load_config(folder.write("broker.toml", kGood + replaced(one, "https", "http")));
  REQUIRE(config.witnesses.size() == 1);
  CHECK(config.witnesses[0].name == "first");
  CHECK(config.witnesses[0].url.authority() == "witness.example.jp");
  CHECK(tlog::to_text(config.witnesses[0].key) == key);
}

TEST_CASE("broker.toml: how whoever is overdue is called") {
  const TempFolder folder;
  const auto calls = [&](const std::string& text) {
    return runtime::load_config(folder.write("broker.toml", kGood + "[overdue]\n" + text)).overdue;
  };
  CHECK_FALSE(calls("command = []\n").webhook);
  const auto both = calls(
      "command = [\"/call\", \"-x\"]\nwebhook = { url = \"http://[::1]:80/a\", secret_file = \"/s\", ca_file = \"/c\" "
      "}\n");
  CHECK(both.command == std::vector<std::string>{"/call", "-x"});
  REQUIRE(both.webhook);
  CHECK(both.webhook->address.target == "/a");
  CHECK(both.webhook->secret_file == "/s");
  CHECK(both.webhook->ca_file == "/c");
}

TEST_CASE("sectors.toml: every mistake is named with its line, key and remedy") {
  const std::string good =
      "[[sector]]\nid = \"gas\"\nlabel = { ja = \"ガス\", en = \"Gas\" }\nceptoars = [\"GAS CEPTOAR\"]\n";
  const auto with = [&](const std::string& from, const std::string& to) { return replaced(good, from, to); };
  check_table(
      {
          {"empty", "", ": ", "is empty"},
          {"no sector", "# none\n", ":1: ", "'sector' is missing"},
          {"sector a text", "sector = \"gas\"\n", ":1: ", "'sector' is no list"},
          {"cut off", good.substr(0, good.find("ceptoars")), ":1: ", "'sector.ceptoars' is missing"},
          {"unknown key", good + "note = 1\n", ":5: ", "unknown key 'sector.note'"},
          {"id with a blank", with("\"gas\"", "\"Gas works\""), ":2: ", "'sector.id'"},
          {"id a number", with("\"gas\"", "3"), ":2: ", "'sector.id' is no text"},
          {"there twice", good + good, ":6: ", "there twice"},
          {"no Japanese", with("ja = \"ガス\", ", ""), ":3: ", "'sector.label.ja' is missing"},
          {"CEPTOARs a text", with("[\"GAS CEPTOAR\"]", "\"GAS CEPTOAR\""), ":4: ", "'sector.ceptoars' is no list"},
          {"a CEPTOAR is a number", with("[\"GAS CEPTOAR\"]", "[1]"), ":4: ", "is no text"},
      },
      [](const auto& file) { runtime::load_sectors(file); });
}

TEST_CASE("what cannot be read is no configuration") {
  const TempFolder folder;
  CHECK(complaint([&] { runtime::load_config(folder.path() / "none.toml"); }).find("No such file") !=
        std::string::npos);
  CHECK(complaint([&] { runtime::load_config(folder.path()); }).find("not a regular file") != std::string::npos);
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(complaint([&] { runtime::load_config(pipe); }).find("not a regular file") != std::string::npos);
  const auto large = folder.write("large.toml", std::string((1u << 20) + 1, '#'));
  CHECK(complaint([&] { runtime::load_config(large); }).find("is larger than") != std::string::npos);
}

TEST_CASE("the file that init writes gives back what was asked for, and no cut-off part of it is valid") {
  runtime::Config config;
  config.origin = "noroshi.example.jp";
  config.host = "0.0.0.0";
  config.port = 65456;
  config.http_host = "::1";
  config.digest.interval_us = 60 * kMicrosPerSecond;
  config.digest.entries = 7;
  config.digest.bytes = 4096;
  const std::string text = runtime::broker_toml(config);
  const TempFolder folder;
  const runtime::Config read = runtime::load_config(folder.write("broker.toml", text));
  CHECK(read.origin == config.origin);
  CHECK(read.host == config.host);
  CHECK(read.port == config.port);
  CHECK(read.http_port() == 65535);
  CHECK(read.http_host == config.http_host);
  CHECK(read.digest.interval_us == config.digest.interval_us);
  CHECK(read.digest.entries == config.digest.entries);
  CHECK(read.digest.bytes == config.digest.bytes);
  for (std::size_t size = 1; size + 1 < text.size(); ++size) {  // all but the newline at the end
    INFO(size);
    CHECK(complaint([&] { runtime::load_config(folder.write("cut.toml", text.substr(0, size))); }) != "accepted");
  }
}

TEST_CASE("keys that are damaged, open to others or contradict each other are refused") {
  const TempFolder folder;
  const auto data = make_data(folder.path() / "data", sample_config());
  const auto keys = [&] { return complaint([&] { runtime::load_keys(data); }); };
  REQUIRE(keys() == "accepted");

  REQUIRE(::chmod(data.log_key().c_str(), 0640) == 0);
  CHECK(keys().find(data.log_key().string()) == 0);
  REQUIRE(::chmod(data.log_key().c_str(), 0600) == 0);

  const std::string whole = contents(data.log_key());
  std::string halves = whole;
  halves[0] = halves[0] == '0' ? '1' : '0';
  std::filesystem::resize_file(data.log_key(), 0);
  CHECK(keys().find("is empty") != std::string::npos);
  {
    std::filesystem::remove(data.log_key());
    CHECK(keys().find("No such file") != std::string::npos);
    TempFolder other;
    const auto damaged = other.write("log.key", halves);
    REQUIRE(::chmod(damaged.c_str(), 0600) == 0);
    std::filesystem::copy_file(damaged, data.log_key());
    CHECK(keys().find("contradict") != std::string::npos);
  }
  std::filesystem::resize_file(data.transport_key(), 63);
  CHECK(keys().find(data.transport_key().string()) == 0);

  REQUIRE(complaint([&] { runtime::load_registrar_public(data); }) == "accepted");
  std::filesystem::resize_file(data.registrar_public(), 10);
  CHECK(complaint([&] { runtime::load_registrar_public(data); }).find("registrar.pub:1: ") != std::string::npos);
}

TEST_CASE("a damaged matrix stops the settings from loading, naming its line") {
  const TempFolder folder;
  const auto data = make_data(folder.path() / "data", sample_config());
  const auto config = runtime::load_config(data.config());
  CHECK(runtime::load_settings(data, config).matrix.items.size() == 20);
  std::filesystem::resize_file(data.matrix(), 3000);
  CHECK(complaint([&] { runtime::load_settings(data, config); }).find(data.matrix().string() + ":") == 0);
}

}  // namespace
