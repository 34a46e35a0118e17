// A TOML file whose every complaint says file, line, key and what to do. Part of the loaders in config.cpp.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace noroshi::runtime {

class TomlFile {
 public:
  // Throws ConfigError: unreadable, empty, no TOML (a doubled key included).
  explicit TomlFile(const std::filesystem::path& file);
  const toml::table& root() const { return root_; }

  [[noreturn]] void fail(const toml::node& at, const std::string& what, const std::string& remedy) const;
  // Every key of `table` must be one of `known`. `prefix` names the table in messages: "digest.", or nothing.
  void only(const toml::table& table, std::string_view prefix, std::initializer_list<std::string_view> known) const;
  // The value of a key that must be there; `remedy` says what to add.
  const toml::node& need(const toml::table& table, std::string_view prefix, std::string_view key,
                         const std::string& remedy) const;
  const toml::table& table(const toml::table& in, std::string_view key, const std::string& remedy) const;
  std::string text(const toml::table& in, std::string_view prefix, std::string_view key,
                   const std::string& remedy) const;
  std::int64_t number(const toml::table& in, std::string_view prefix, std::string_view key, std::int64_t least,
                      std::int64_t most, const std::string& example) const;

 private:
  std::string name_;
  toml::table root_;
};

}  // namespace noroshi::runtime
