// Reads a TOML file of settings: what is wrong is said with file, line, key and what to write instead. Pure.
#pragma once

#include <toml++/toml.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "proto/cli/cli.h"
#include "subscriber/settings.h"

namespace noroshi::subscriber {

class SettingsReader {
 public:
  explicit SettingsReader(std::string file) : name_(std::move(file)) {}

  [[noreturn]] void fail(std::uint32_t line, cli::Text what, const std::string& more = {}) const {
    throw cli::Failure(cli::kUsage, name_ + ":" + std::to_string(std::max(line, 1u)) + ": " + say(what) + more);
  }
  [[noreturn]] void wrong(const toml::node& node, std::string_view key, const std::string& right) const {
    fail(node.source().begin.line,
         {"値が正しくありません。次のように書いてください: ", "is not a value for this; write: "},
         std::string(key) + " = " + right);
  }

  void only(const toml::table& table, const std::vector<std::string_view>& known) const {
    for (const auto& [key, value] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      std::string list;
      for (const std::string_view each : known) list.append(list.empty() ? "" : ", ").append(each);
      fail(key.source().begin.line, {"知らない項目です: ", "unknown key: "},
           std::string(key.str()) + say({"。使えるのは: ", "; known are: "}) + list);
    }
  }

  std::string text(const toml::table& table, std::string_view key, const std::string& right) const {
    const toml::node* node = table.get(key);
    if (!node) wrong(table, key, right);
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) wrong(*node, key, right);
    return *value;
  }

  std::vector<std::string> texts(const toml::node& node, std::string_view key) const {
    std::vector<std::string> out;
    if (const toml::array* array = node.as_array())
      for (const toml::node& each : *array) out.push_back(each.value_exact<std::string>().value_or(""));
    if (out.empty() || std::find(out.begin(), out.end(), "") != out.end()) wrong(node, key, "[\"...\", \"...\"]");
    return out;
  }

  bool flag(const toml::table& table, std::string_view key, bool otherwise) const {
    const toml::node* node = table.get(key);
    if (!node) return otherwise;
    const auto value = node->value_exact<bool>();
    if (!value) wrong(*node, key, "true | false");
    return *value;
  }

  bool from(const toml::table& table, bool otherwise) const {
    if (!table.contains("from")) return otherwise;
    const std::string value = text(table, "from", "\"start\"");
    if (value != "start" && value != "now") wrong(*table.get("from"), "from", "\"start\" | \"now\"");
    return value == "start";
  }

 protected:
  std::string name_;
};

SinkSettings read_sink(const SettingsReader& reader, const toml::table& table);

}  // namespace noroshi::subscriber
