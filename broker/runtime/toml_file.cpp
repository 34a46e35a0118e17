#include "broker/runtime/toml_file.h"

#include <algorithm>
#include <optional>

#include "broker/runtime/data_directory.h"
#include "broker/runtime/files.h"
#include "proto/types/words.h"

namespace noroshi::runtime {
namespace {

constexpr std::size_t kFileBytes = 1u << 20;  // the files have a few KiB

std::string quoted(std::string_view prefix, std::string_view key) {
  return "'" + std::string(prefix) + std::string(key) + "'";
}

}  // namespace

TomlFile::TomlFile(const std::filesystem::path& file) : name_(file.string()) {
  try {
    root_ = toml::parse(read_whole(file, kFileBytes), name_);
  } catch (const toml::parse_error& error) {
    throw ConfigError(name_ + ":" + std::to_string(error.source().begin.line) +
                      say({": TOML として読めません: ", ": is no valid TOML: "}) + std::string(error.description()) +
                      say({"。この行を直すか、ファイルを復元してください", "; correct this line or restore the file"}));
  }
}

void TomlFile::fail(const toml::node& at, const std::string& what, const std::string& remedy) const {
  // The root of a file has no place of its own.
  const auto line = std::max<std::uint32_t>(at.source().begin.line, 1);
  throw ConfigError(name_ + ":" + std::to_string(line) + ": " + what + say({"。", "; "}) + remedy);
}

void TomlFile::only(const toml::table& table, std::string_view prefix,
                    std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    std::string list;
    for (const std::string_view each : known) list.append(list.empty() ? "" : ", ").append(each);
    throw ConfigError(name_ + ":" + std::to_string(key.source().begin.line) +
                      say({": 知らない項目 ", ": unknown key "}) + quoted(prefix, key.str()) +
                      say({"。削除するか、次のどれかに直してください: ", "; remove it or correct it to one of: "}) +
                      list);
  }
}

const toml::node& TomlFile::need(const toml::table& table, std::string_view prefix, std::string_view key,
                                 const std::string& remedy) const {
  if (const toml::node* node = table.get(key)) return *node;
  fail(table, say({"項目 ", "key "}) + quoted(prefix, key) + say({" がありません", " is missing"}), remedy);
}

const toml::table& TomlFile::table(const toml::table& in, std::string_view key, const std::string& remedy) const {
  const toml::node& node = need(in, "", key, remedy);
  if (const toml::table* found = node.as_table()) return *found;
  fail(node, quoted("", key) + say({" はテーブルではありません", " is no table"}), remedy);
}

std::string TomlFile::text(const toml::table& in, std::string_view prefix, std::string_view key,
                           const std::string& remedy) const {
  const toml::node& node = need(in, prefix, key, remedy);
  const std::optional<std::string> value = node.value_exact<std::string>();
  if (!value)
    fail(node, quoted(prefix, key) + say({" は文字列ではありません", " is no text"}),
         say({"引用符で囲んでください: ", "put it in quotes: "}) + remedy);
  if (value->find_first_not_of(" \t\r\n") == std::string::npos)
    fail(node, quoted(prefix, key) + say({" が空です", " is blank"}), remedy);
  return *value;
}

std::int64_t TomlFile::number(const toml::table& in, std::string_view prefix, std::string_view key, std::int64_t least,
                              std::int64_t most, const std::string& example) const {
  const std::string remedy = say({"", "write a number from "}) + std::to_string(least) + say({" から ", " to "}) +
                             std::to_string(most) + say({" までの整数を書いてください。例: ", ", for example "}) +
                             std::string(key) + " = " + example;
  const toml::node& node = need(in, prefix, key, remedy);
  const std::optional<std::int64_t> value = node.value_exact<std::int64_t>();
  if (!value) fail(node, quoted(prefix, key) + say({" は整数ではありません", " is no whole number"}), remedy);
  if (*value < least || *value > most)
    fail(node,
         quoted(prefix, key) + say({" = ", " is "}) + std::to_string(*value) +
             say({" で、範囲外です", ", out of range"}),
         remedy);
  return *value;
}

}  // namespace noroshi::runtime
