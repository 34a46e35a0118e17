// What the command lines of the four programs have in common: language, output, exit codes, errors. Main thread only.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "proto/types/ids.h"
#include "proto/types/report.h"
#include "proto/types/words.h"

namespace CLI {  // a heavy header: who adds options includes <CLI/CLI.hpp>
class App;
class ParseError;
}  // namespace CLI

namespace noroshi::cli {

// Of all four programs; the same as the project's in CMakeLists.txt (a test compares them).
inline constexpr std::string_view kVersion = "0.1.0";

using noroshi::Language;
using noroshi::Text;

// What LC_ALL, LC_MESSAGES or LANG (the first that is set) ask for: "ja…" is Japanese, all else English.
Language default_language();

// Exit codes (contract). Where several apply, the largest of failed, rejected, unreachable, unverified.
enum Exit : int { kDone = 0, kFailed = 1, kUsage = 2, kRejected = 3, kUnreachable = 4, kUnverified = 5 };

// Ends the program: `what` says what is wrong, where, and what to do, in the chosen language.
struct Failure : std::runtime_error {
  Failure(Exit code_, const std::string& what) : std::runtime_error(what), code(code_) {}
  Exit code;
};

struct Common {
  Language language = Language::en;
  bool json = false;   // --output json: one object a line on stdout, nothing else there
  bool color = false;  // --color auto|always|never, NO_COLOR, a terminal
  std::string log_level = "info";
  std::filesystem::path config;  // --config

  std::string operator()(Text text) const { return std::string(language == Language::ja ? text.ja : text.en); }
  // The text in the chosen language, or in whatever language there is.
  // A template, so that common({"日本語", "English"}) can only mean the phrase above.
  template <std::same_as<Localized> L>
  std::string operator()(const L& text) const {
    return localized(text);
  }
  std::string localized(const Localized& text) const;
  bool ja() const { return language == Language::ja; }
};

// One program: CLI11 with the common options (--help with an example, --version, --config, --output, --log-level, --color,
// --lang) on the program and on every subcommand. `build` adds subcommands whose callbacks do the work and throw Failure.
// Returns the exit code: CLI11's own errors are kUsage; Failure is printed on stderr as
// "noroshi-x: error: <what>" (in colour on a terminal); any other exception is kFailed. spdlog is set up to log to stderr.
class Program {
 public:
  Program(std::string name, Text purpose, Text example);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  int run(int argc, char** argv, const std::function<void(Program&)>& build);

  Common common;
  int exit_code = kDone;  // what run() returns when nothing is thrown
  void worse(Exit code);  // raises exit_code as the contract says
  void complain(
      std::string_view what) const;  // "noroshi-x: error: <what>" on stderr, for what does not end the program
  CLI::App* command(const char* name, Text purpose, Text example, const std::function<void()>& action);

 private:
  void describe();                                // the common options, in the chosen language
  int usage_error(const CLI::ParseError& error);  // prints it, with the way to the help
  void settle();                                  // what the options mean: output, colour, logging
  int perform();                                  // the chosen command's action

  std::unique_ptr<CLI::App> app_;
  std::string name_;
  Text purpose_;
  Text example_;
  std::string lang_, output_ = "text", color_ = "auto", config_;
  std::function<void()> action_;
};

// Clock, and time as people and JSON read it.
Micros wall_clock();
std::string rfc3339(Micros time);     // 2026-06-01T09:30:00.123456Z, six digits
std::string local_time(Micros time);  // Japan Standard Time for people: 2026-06-01 18:30:00 JST
// RFC 3339 with any offset; nullopt: not a time.
std::optional<Micros> parse_time(std::string_view text);

// Reads a whole file, "-" is standard input. Throws Failure{kFailed} naming the file and the reason.
std::string read_file(const std::filesystem::path& file, std::size_t limit);

// For whoever cannot write to standard output.
Failure output_lost();
// Standard output is a pipe that nobody reads any more. For programs that wait long between two lines.
bool reader_gone();

// What others wrote, fit for a terminal: control characters (but newline and tab) and those that turn the direction of
// text show as U+FFFD. Whoever prints a text from outside passes it through this, or could be lied to by it.
std::string printable(std::string_view text);

// Columns a text takes on a terminal (East Asian wide = 2). Ambiguous-width characters count 1.
std::size_t width(std::string_view text);
std::string pad(std::string_view text, std::size_t columns);
std::string cut_to(std::string_view text, std::size_t columns);  // with an ellipsis

// ANSI colour around a text when common.color is on.
enum class Colour { red, yellow, green, cyan, bold, dim };
std::string paint(const Common& common, Colour colour, std::string_view text);

}  // namespace noroshi::cli
