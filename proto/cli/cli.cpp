#include "proto/cli/cli.h"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <poll.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>

#include "proto/cli/civil_time.h"
#include "proto/cli/mistake.h"

namespace noroshi::cli {
namespace {

bool colour_wanted(const std::string& wish, int descriptor) {
  if (wish != "auto") return wish == "always";
  const char* none = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return !(none && *none) && ::isatty(descriptor) != 0 && terminal && std::string_view(terminal) != "dumb";
}

// --lang must already decide the language of --help, which CLI11 makes while it parses.
std::optional<Language> language_on(int argc, char** argv) {
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    std::string_view word = argv[i];
    if (word == "--lang" && i + 1 < argc)
      word = argv[i + 1];
    else if (word.starts_with("--lang="))
      word.remove_prefix(7);
    else
      continue;
    if (word == "ja") return Language::ja;
    if (word == "en") return Language::en;
  }
  return std::nullopt;
}

// The next character and how many bytes it takes; -1 for a byte that begins none.
std::pair<utf8proc_int32_t, std::size_t> next_character(std::string_view text) {
  utf8proc_int32_t c = -1;
  const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                  static_cast<utf8proc_ssize_t>(text.size()), &c);
  return n > 0 ? std::pair{c, static_cast<std::size_t>(n)} : std::pair{utf8proc_int32_t{-1}, std::size_t{1}};
}

std::size_t columns_of(utf8proc_int32_t c) { return c < 0 ? 1 : static_cast<std::size_t>(utf8proc_charwidth(c)); }

}  // namespace

Language default_language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value)
      return std::string_view(value).starts_with("ja") ? Language::ja : Language::en;
  return Language::en;
}

std::string Common::localized(const Localized& text) const {
  for (const char* wanted : {ja() ? "ja" : "en", ja() ? "en" : "ja"})
    if (const auto found = text.find(wanted); found != text.end()) return found->second;
  return text.empty() ? std::string() : text.begin()->second;
}

Program::Program(std::string name, Text purpose, Text example)
    : app_(std::make_unique<CLI::App>()), name_(std::move(name)), purpose_(purpose), example_(example) {}

Program::~Program() = default;

void Program::describe() {
  app_->name(name_);
  app_->description(common(purpose_));
  app_->footer(common({"例:\n  ", "Example:\n  "}) + common(example_));
  auto& labels = *app_->get_formatter();
  labels.column_width(34);
  if (common.ja()) {
    labels.label("Usage", "使い方");
    labels.label("OPTIONS", "オプション");
    labels.label("SUBCOMMAND", "コマンド");
    labels.label("Positionals", "引数");
    labels.label("REQUIRED", "(必須)");
  }
  app_->option_defaults()->group(common({"オプション", "Options"}));
  app_->set_help_flag("-h,--help", common({"この説明を表示して終わる", "Print this help and exit"}));
  app_->set_version_flag("--version", name_ + " " + std::string(kVersion),
                         common({"版を表示して終わる", "Print the version and exit"}));
  app_->set_config("--config", "",
                   common({"オプションの既定値を書いたファイル (TOML)", "File with defaults for the options (TOML)"}))
      ->option_text("FILE");
  app_->allow_config_extras(CLI::config_extras_mode::error);
  app_->add_option("--output", output_,
                   common({"出力形式 (json は1行に1件)", "Form of the output (json: one object a line)"}))
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("text|json");
  app_->add_option("--log-level", common.log_level, common({"ログの詳しさ", "How much to log"}))
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->option_text("trace|debug|info|warn|error|off");
  app_->add_option("--color", color_,
                   common({"色を付けるか (NO_COLOR も有効)", "Whether to use colour (NO_COLOR is heeded)"}))
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->option_text("auto|always|never");
  app_->add_option("--lang", lang_,
                   common({"言語 (既定はロケールによる)", "Language (by default, that of the locale)"}))
      ->check(CLI::IsMember({"ja", "en"}))
      ->option_text("ja|en");
  app_->fallthrough();
  // Exactly one: else a file argument that happens to be called like a command would be taken for one.
  app_->require_subcommand(1, 1);
}

CLI::App* Program::command(const char* name, Text purpose, Text example, const std::function<void()>& action) {
  CLI::App* made = app_->add_subcommand(name, common(purpose));
  made->set_help_flag("-h,--help", app_->get_help_ptr()->get_description());  // into the options' own group
  made->group(common({"コマンド", "Commands"}));
  made->footer(common({"例:\n  ", "Example:\n  "}) + common(example) +
               common({"\n\n共通のオプション (--output、--lang、--color、--log-level、--config) の説明: ",
                       "\n\nCommon options (--output, --lang, --color, --log-level, --config) are explained by: "}) +
               name_ + " --help");
  made->callback([this, action] { action_ = action; });
  return made;
}

void Program::worse(Exit code) { exit_code = std::max(exit_code, static_cast<int>(code)); }

int Program::usage_error(const CLI::ParseError& error) {
  std::string help = name_;
  if (const auto parsed = app_->get_subcommands(); !parsed.empty()) help += " " + parsed.front()->get_name();
  std::cerr << name_ << ": error: " << printable(mistake(common, *app_, error)) << "\n"
            << common({"使い方: ", "How to use it: "}) << help << " --help\n";
  return kUsage;
}

void Program::settle() {
  common.json = output_ == "json";
  common.color = colour_wanted(color_, STDOUT_FILENO);
  if (const CLI::Option* option = app_->get_config_ptr(); option && option->count() > 0)
    common.config = option->as<std::string>();
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
      colour_wanted(color_, STDERR_FILENO) ? spdlog::color_mode::always : spdlog::color_mode::never);
  auto logger = std::make_shared<spdlog::logger>(name_, std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %n %^%l%$ %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(common.log_level));
  spdlog::set_default_logger(std::move(logger));
}

void Program::complain(std::string_view what) const {
  Common on_stderr = common;
  on_stderr.color = colour_wanted(color_, STDERR_FILENO);
  std::cout.flush();
  std::cerr << name_ << ": " << paint(on_stderr, Colour::red, "error:") << " " << printable(what) << "\n";
}

namespace {

// Every program holds secret keys. Their own memory is kept out of dumps by libsodium; what was copied on the way to a
// socket is not, so there are no dumps. Nor may another process of the same user look into this one.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__)  // whose leak detector looks into its own process from outside
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace

int Program::perform() {
  try {
    if (action_) action_();
    // Whoever redirected the output to a full disk must not be told that all is well.
    if (!std::cout.flush()) throw output_lost();
  } catch (const Failure& failure) {
    complain(failure.what());
    worse(failure.code);
  } catch (const std::exception& error) {
    complain(error.what());
    worse(kFailed);
  }
  return exit_code;
}

int Program::run(int argc, char** argv, const std::function<void(Program&)>& build) {
  // Who listens to our results may go away; what we were asked to do is done all the same.
  ::signal(SIGPIPE, SIG_IGN);
  common.language = spoken_language() = language_on(argc, argv).value_or(default_language());
  describe();
  build(*this);
  try {
    app_->parse(argc, argv);
    // From a configuration file it comes too late for --help, not for the rest.
    if (!lang_.empty()) common.language = spoken_language() = lang_ == "ja" ? Language::ja : Language::en;
  } catch (const CLI::Success& asked) {
    return app_->exit(asked);
  } catch (const CLI::ParseError& error) {
    return usage_error(error);
  }
  settle();
  forbid_core_dumps();
  return perform();
}

Micros wall_clock() {
  using namespace std::chrono;
  return Micros{duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

namespace {

// A broker may claim any number to be a time: what cannot be written shows as the nearest that can.
Micros writable(Micros time) { return std::clamp(time, kFirstTime, kLastTime); }

}  // namespace

std::string rfc3339(Micros any) {
  const Micros time = writable(any);
  return civil_text(time, 'T') + fraction_text(time) + "Z";
}

// Japan has one zone, nine hours ahead, and no summer time.
std::string local_time(Micros time) { return civil_text(writable(time) + 9 * 3600 * kMicrosPerSecond, ' ') + " JST"; }

std::optional<Micros> parse_time(std::string_view text) { return read_civil(text); }

std::string read_file(const std::filesystem::path& file, std::size_t limit) {
  const bool standard = file == "-";
  const std::string name = standard ? say({"標準入力", "standard input"}) : file.string();
  const auto fail = [&](const std::string& why) { throw Failure(kFailed, name + ": " + why); };
  const int fd = standard ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(say({"開けません: ", "cannot be opened: "}) + std::strerror(errno));
  const auto close = [&](const int* open) {
    if (!standard) ::close(*open);
  };
  const std::unique_ptr<const int, decltype(close)> owner(&fd, close);

  std::string all;
  std::array<char, 65536> part;
  for (;;) {
    const ssize_t n = ::read(fd, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(say({"読めません: ", "cannot be read: "}) + std::strerror(errno));
    if (n == 0) return all;
    all.append(part.data(), static_cast<std::size_t>(n));
    if (all.size() > limit)
      fail(say({"大きすぎます。上限は ", "is too large; at most "}) + std::to_string(limit) +
           say({" バイトです。分割してください", " bytes: split it"}));
  }
}

Failure output_lost() {
  return {kFailed,
          say({"結果を標準出力に書き込めませんでした。パイプの先が終了したか、空き容量がありません",
               "the results could not be written to standard output: its reader is gone or the disk is full"})};
}

bool reader_gone() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [c, bytes] = next_character(text);
    const bool control = c < 0 || (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
    const bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    out.append(control || turns ? std::string_view("\uFFFD") : text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return out;
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto [c, bytes] = next_character(text);
    columns += columns_of(c);
    text.remove_prefix(bytes);
  }
  return columns;
}

std::string pad(std::string_view text, std::size_t columns) {
  const std::size_t taken = width(text);
  return std::string(text).append(columns > taken ? columns - taken : 0, ' ');
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t bytes = 0;
  for (std::size_t taken = 1; bytes < text.size();) {  // 1: the ellipsis
    const auto [c, n] = next_character(text.substr(bytes));
    taken += columns_of(c);
    if (taken > columns) break;
    bytes += n;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

std::string paint(const Common& common, Colour colour, std::string_view text) {
  if (!common.color) return std::string(text);
  static constexpr std::array<std::string_view, 6> kCodes{"1;31", "33", "32", "36", "1", "2"};
  return "\x1b[" + std::string(kCodes[static_cast<std::size_t>(colour)]) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace noroshi::cli
