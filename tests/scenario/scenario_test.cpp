// Runs every story of this folder against the core.
//
// NOROSHI_REWRITE=1 writes what came out into the files instead of comparing. What is written is then the rule: read it
// before keeping it. In continuous integration (CI is set) that is refused.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "tests/scenario/script.h"
#include "tests/scenario/stage.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi::test;

std::vector<std::filesystem::path> stories() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(NOROSHI_SOURCE_DIR "/tests/scenario"))
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt")
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> output_of(Stage& stage, const Block& block) {
  std::vector<std::string> lines;
  try {
    for (const std::string& command : block.commands)
      for (std::string& line : stage.run(command)) lines.push_back(std::move(line));
  } catch (const ScriptError& error) {
    lines.push_back(std::string("SCRIPT ERROR ") + error.what());
  }
  if (lines.empty()) lines.emplace_back("ok");
  return lines;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value != '\0' && std::string(value) != "0";
}

std::string text(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

}  // namespace

TEST_CASE("every story ends as it should") {
  const bool rewrite = is_set("NOROSHI_REWRITE");
  if (rewrite && is_set("CI")) FAIL("NOROSHI_REWRITE is for a person who reads what was written, not for CI");
  const auto files = stories();
  REQUIRE_FALSE(files.empty());
  for (const auto& file : files) {
    Script script = read_script(file);
    Stage stage;
    bool changed = false;
    for (Block& block : script.blocks) {
      const auto output = output_of(stage, block);
      INFO(file.string() << ":" << block.line << "\n" << text(block.commands));
      // A story that is not understood is wrong in either mode.
      for (const std::string& line : output) CHECK_FALSE(line.starts_with("SCRIPT ERROR"));
      if (!rewrite) CHECK(text(output) == text(block.expected));
      changed |= output != block.expected;
      block.expected = output;
    }
    if (rewrite && changed) {
      write_script(file, script);
      std::cerr << "rewritten: " << file.string() << "\n";
    }
  }
}
