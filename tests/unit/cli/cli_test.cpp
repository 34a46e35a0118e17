// What all command lines share: time, width, language, options, exit codes.
#include "proto/cli/cli.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::cli;

// Sets or (nullptr) removes a variable, and puts it back.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) const {
    if (value)
      ::setenv(name_, value, 1);
    else
      ::unsetenv(name_);
  }
  const char* name_;
  std::optional<std::string> old_;
};

// What a stream got while this stands.
class Capture {
 public:
  explicit Capture(std::ostream& stream) : stream_(stream), old_(stream.rdbuf(text_.rdbuf())) {}
  ~Capture() { stream_.rdbuf(old_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* old_;
};

struct Ran {
  int code = 0;
  std::string out, err;
  Common common;
};

// A program with the command `work FILE...`, whose action is given.
Ran run(
    std::vector<std::string> words, const std::function<void(Program&)>& action = [](Program&) {}) {
  words.insert(words.begin(), "noroshi-test");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  Program program("noroshi-test", {"試すためのもの", "For trying"}, {"noroshi-test work", "noroshi-test work"});
  std::vector<std::string> files;
  int number = 0;
  Ran ran;
  const Capture out(std::cout);
  const Capture err(std::cerr);
  ran.code = program.run(static_cast<int>(argv.size()), argv.data(), [&](Program& p) {
    CLI::App* work =
        p.command("work", {"働く", "Do work"}, {"noroshi-test work f", "noroshi-test work f"}, [&] { action(p); });
    work->add_option("FILE", files, "");
    work->add_option("--number", number, "");
    p.command("demand", {"求める", "Demand"}, {"noroshi-test demand", "noroshi-test demand"}, [] {})
        ->add_option("--need", number, "")
        ->required();
  });
  ran.out = out.text();
  ran.err = err.text();
  ran.common = program.common;
  return ran;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("RFC 3339 is read and written") {
  struct Row {
    const char* text;
    std::optional<std::int64_t> micros;
  };
  const Row rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-06-01T09:30:00.123456Z", 1780306200123456},
      {"2026-06-01T18:30:00.123456+09:00", 1780306200123456},
      {"2026-06-01t04:30:00.123456999-05:00", 1780306200123456},
      {"2026-06-01 09:30:00.1Z", 1780306200100000},
      {"1969-12-31T23:59:59.5Z", -500000},
      {"2024-02-29T00:00:00Z", 1709164800000000},
      {"2023-02-29T00:00:00Z", std::nullopt},
      {"2026-06-01", std::nullopt},
      {"2026-06-01T09:30:00", std::nullopt},
      {"2026-06-01T09:30:00.Z", std::nullopt},
      {"2026-06-01T24:00:00Z", std::nullopt},
      {"2026-06-01T09:60:00Z", std::nullopt},
      {"2026-13-01T09:30:00Z", std::nullopt},
      {"2026-00-01T09:30:00Z", std::nullopt},
      {"2026-06-01T09:30:00+9:00", std::nullopt},
      {"2026-06-01T09:30:00+25:00", std::nullopt},
      {"2026-06-01T09:30:00Zx", std::nullopt},
      {"-026-06-01T09:30:00Z", std::nullopt},
      {"", std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto time = parse_time(row.text);
    CHECK(time.has_value() == row.micros.has_value());
    if (time && row.micros) CHECK(time->value == *row.micros);
  }
  CHECK(rfc3339(Micros{1780306200123456}) == "2026-06-01T09:30:00.123456Z");
  CHECK(rfc3339(Micros{-500000}) == "1969-12-31T23:59:59.500000Z");
  CHECK(rfc3339(Micros{5}) == "1970-01-01T00:00:00.000005Z");
  CHECK(local_time(Micros{1780306200123456}) == "2026-06-01 18:30:00 JST");
  CHECK(local_time(Micros{1767193199000000}) == "2025-12-31 23:59:59 JST");
}

TEST_CASE("a text takes as many columns as a terminal gives it") {
  struct Row {
    const char* text;
    std::size_t columns;
  };
  const Row rows[] = {{"", 0},  {"abc", 3},      {"障害", 4},    {"ﾊﾝｶｸ", 4}, {"髙﨑", 4}, {"①", 1}, {"㈱", 2},
                      {"◎", 1}, {"か\u3099", 2}, {"e\u0301", 1}, {"a障b", 4}, {"\xff", 1}, {"…", 1}, {"\u3000", 2}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(width(row.text) == row.columns);
  }
  CHECK(pad("障害", 6) == "障害  ");
  CHECK(pad("障害", 3) == "障害");
}

TEST_CASE("a text is cut between characters, with an ellipsis") {
  CHECK(cut_to("障害情報", 8) == "障害情報");
  CHECK(cut_to("障害情報", 7) == "障害情…");
  CHECK(cut_to("障害情報", 6) == "障害…");  // no room for half of 情
  CHECK(cut_to("障害情報", 1) == "…");
  CHECK(cut_to("障害情報", 0) == "");
  CHECK(cut_to("e\u0301e\u0301e\u0301", 2) == "e\u0301…");  // the accent stays with its letter
  for (std::size_t columns = 0; columns < 12; ++columns) CHECK(width(cut_to("a障b害c情d報", columns)) <= columns);
}

TEST_CASE("what others wrote cannot steer the terminal") {
  CHECK(printable("行1\n\t行2") == "行1\n\t行2");
  CHECK(printable("\x1b[31mred") == "\uFFFD[31mred");
  CHECK(printable("a\rb\x7f\u0085") == "a\uFFFDb\uFFFD\uFFFD");
  CHECK(printable("\u202Egnp.exe") == "\uFFFDgnp.exe");
  CHECK(printable("\xff") == "\uFFFD");
}

TEST_CASE("the locale decides the language, LC_ALL before LC_MESSAGES before LANG") {
  struct Row {
    const char *all, *messages, *lang;
    Language language;
  };
  const Row rows[] = {{nullptr, nullptr, nullptr, Language::en},   {nullptr, nullptr, "ja_JP.UTF-8", Language::ja},
                      {nullptr, "en_US", "ja_JP", Language::en},   {"ja", "en_US", "en_US", Language::ja},
                      {"C.UTF-8", "ja_JP", "ja_JP", Language::en}, {"", "", "ja_JP", Language::ja}};
  for (const Row& row : rows) {
    const Variable all("LC_ALL", row.all), messages("LC_MESSAGES", row.messages), lang("LANG", row.lang);
    CHECK(default_language() == row.language);
  }
}

TEST_CASE("--lang decides the language, of the help too") {
  const Variable all("LC_ALL", "C");
  CHECK(contains(run({"--help"}).out, "For trying"));
  CHECK(contains(run({"--help", "--lang", "ja"}).out, "試すためのもの"));
  CHECK(contains(run({"--lang=ja", "--help"}).out, "試すためのもの"));
  CHECK(contains(run({"work", "--help", "--lang=ja"}).out, "働く"));
  CHECK(run({"work", "--lang", "ja"}).common.language == Language::ja);
  CHECK(run({"work"}).common.language == Language::en);
  const Variable ja("LC_ALL", "ja_JP.UTF-8");
  CHECK(run({"work", "--lang", "en"}).common.language == Language::en);
}

TEST_CASE("a phrase or a text comes in the chosen language, or in what there is") {
  Common c;
  c.language = Language::ja;
  CHECK(c({"はい", "yes"}) == "はい");
  CHECK(c(Localized{{"ja", "表題"}, {"en", "title"}}) == "表題");
  CHECK(c(Localized{{"en", "title"}}) == "title");
  CHECK(c(Localized{{"fr", "titre"}}) == "titre");
  CHECK(c(Localized{}).empty());
}

TEST_CASE("every option is taken before and after the command") {
  CHECK(run({"work", "--output", "json"}).common.json);
  CHECK(run({"--output", "json", "work"}).common.json);
  CHECK_FALSE(run({"work"}).common.json);
  CHECK(run({"work", "--color", "always"}).common.color);
  CHECK_FALSE(run({"work", "--color", "never"}).common.color);
  CHECK(run({"work", "work"}).code == kDone);  // a file that is called like the command
}

TEST_CASE("exit codes") {
  const Variable lang("LC_ALL", "C");
  struct Row {
    std::vector<std::string> words;
    int code;
    const char* on_stderr;
  };
  const Row rows[] = {{{"--version"}, kDone, ""},
                      {{"work", "--help"}, kDone, ""},
                      {{}, kUsage, "name a command"},
                      {{"wrok"}, kUsage, "no such command or option: wrok"},
                      {{"work", "--nonsense"}, kUsage, "--nonsense"},
                      {{"work", "--number", "x"}, kUsage, "noroshi-test work --help"},
                      {{"work", "--output", "xml"}, kUsage, "--output"},
                      {{"work", "--lang", "fr"}, kUsage, "--lang"},
                      {{"work", "--config", "/nonexistent/file"}, kUsage, "/nonexistent/file"}};
  for (const Row& row : rows) {
    const Ran ran = run(row.words);
    CAPTURE(row.on_stderr, ran.err);
    CHECK(ran.code == row.code);
    CHECK(contains(ran.err, row.on_stderr));
  }
}

TEST_CASE(
    "a mistake on the command line is told in Japanese too, and an unknown option before what it leaves missing") {
  const Variable lang("LC_ALL", "ja_JP.UTF-8");
  struct Row {
    std::vector<std::string> words;
    const char* told;
  };
  const Row rows[] = {{{"wrok"}, "そのようなコマンドやオプションはありません: wrok"},
                      {{"demand", "--nede", "x"}, "そのようなコマンドやオプションはありません: --nede"},
                      {{"demand"}, "--need を指定してください"},
                      {{"work", "--number", "x"}, "値を読み取れません"},
                      {{"work", "--output", "xml"}, "値が正しくありません"},
                      {{"work", "--number"}, "値の数が正しくありません"},
                      {{"work", "--config", "/nonexistent/file"}, "設定ファイルを読めません"}};
  for (const Row& row : rows) {
    const Ran ran = run(row.words);
    CAPTURE(row.told, ran.err);
    CHECK(ran.code == kUsage);
    CHECK(contains(ran.err, row.told));
  }
}

TEST_CASE("all options of a command stand in one block of its help") {
  for (const char* language : {"ja", "en"}) {
    const std::string help = run({"work", "--help", "--lang", language}).out;
    CAPTURE(help);
    CHECK(contains(help, "\n\n"));
    CHECK_FALSE(contains(help, "\n\n\n"));
    CHECK(contains(help, "Options:") == (std::string(language) == "en"));
  }
}

TEST_CASE("whoever stops listening is no reason to die in the middle") {
  CHECK(run({"work"}, [](Program&) { ::raise(SIGPIPE); }).code == kDone);
}

TEST_CASE("the worst of what happened is the exit code") {
  const auto with = [](std::vector<Exit> codes, std::optional<Exit> thrown) {
    return run({"work"},
               [=](Program& p) {
                 for (const Exit code : codes) p.worse(code);
                 if (thrown) throw Failure(*thrown, "why");
               })
        .code;
  };
  CHECK(with({}, std::nullopt) == 0);
  CHECK(with({kRejected, kFailed}, std::nullopt) == 3);
  CHECK(with({kRejected}, kUnreachable) == 4);
  CHECK(with({kUnverified}, kFailed) == 5);
  CHECK(run({"work"}, [](Program&) { throw std::runtime_error("x"); }).code == 1);
  CHECK(run({"work"}, [](Program&) { throw Failure(kFailed, "what\x1b[0m"); }).err ==
        "noroshi-test: error: what\uFFFD[0m\n");
}

TEST_CASE("--config gives defaults, the command line wins, unknown keys are refused") {
  const std::string file = "/tmp/noroshi-cli-test." + std::to_string(::getpid()) + ".toml";
  const auto with = [&](const std::string& text, std::vector<std::string> words) {
    std::ofstream(file) << text;
    words.insert(words.end(), {"--config", file});
    Ran ran = run(words);
    std::filesystem::remove(file);
    return ran;
  };
  const Ran ran = with("output = \"json\"\nlang = \"ja\"\n[work]\nnumber = 5\n", {"work"});
  CHECK(ran.code == kDone);
  CHECK(ran.common.json);
  CHECK(ran.common.ja());
  CHECK(ran.common.config == file);
  CHECK_FALSE(with("output = \"json\"\n", {"work", "--output", "text"}).common.json);
  CHECK(with("outptu = \"json\"\n", {"work"}).code == kUsage);
}

TEST_CASE("a file is read whole, or it is said why not") {
  CHECK_THROWS_AS(read_file("/nonexistent", 10), Failure);
  CHECK_THROWS_AS(read_file("/tmp", 10), Failure);
  CHECK_THROWS_AS(read_file("/dev/zero", 100'000), Failure);
  CHECK(read_file("/dev/null", 10).empty());
}

TEST_CASE("the version is the project's") {
  CHECK(contains(read_file(NOROSHI_SOURCE_DIR "/CMakeLists.txt", 1 << 20), "VERSION " + std::string(kVersion) + " "));
}

}  // namespace
