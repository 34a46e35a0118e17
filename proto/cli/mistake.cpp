#include "proto/cli/mistake.h"

#include <CLI/CLI.hpp>

namespace noroshi::cli {
namespace {

// CLI11's own words are English; this stands before them.
std::string kind_of(const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) return "余分な引数があります";
  if (dynamic_cast<const CLI::ConversionError*>(&error)) return "値を読み取れません";
  if (dynamic_cast<const CLI::ValidationError*>(&error)) return "値が正しくありません";
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) return "値の数が正しくありません";
  if (dynamic_cast<const CLI::RequiresError*>(&error)) return "一緒に指定すべきオプションがありません";
  if (dynamic_cast<const CLI::FileError*>(&error)) return "設定ファイルを読めません";
  if (dynamic_cast<const CLI::ConfigError*>(&error)) return "設定ファイルに知らない項目があります";
  return "引数または設定に誤りがあります";
}

}  // namespace

std::string mistake(const Common& common, const CLI::App& app, const CLI::ParseError& error) {
  const bool commanded = !app.get_subcommands().empty();
  const bool required = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  // First of all: what an unknown option was meant to be is then missing too.
  std::vector<std::string> unknown = app.remaining(true);
  if (commanded) std::erase_if(unknown, [](const std::string& word) { return word.size() < 2 || word[0] != '-'; });
  if (!unknown.empty())
    return common({"そのようなコマンドやオプションはありません: ", "there is no such command or option: "}) +
           unknown.front();
  if (required && !commanded) return common({"コマンドを指定してください", "name a command"});

  const std::string what = error.what();
  if (!common.ja()) return what;
  constexpr std::string_view kRequired = " is required";
  if (required && what.ends_with(kRequired))
    return what.substr(0, what.size() - kRequired.size()) + " を指定してください";
  return kind_of(error) + " (" + what + ")";
}

}  // namespace noroshi::cli
