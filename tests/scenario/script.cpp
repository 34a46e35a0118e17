#include "tests/scenario/script.h"

#include <fstream>
#include <stdexcept>

namespace noroshi::test {

namespace {
constexpr const char* kSeparator = "----";
}

Script read_script(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  Script script;
  Block block;
  std::string text;
  std::size_t line = 0;
  while (std::getline(in, text)) {
    ++line;
    if (block.commands.empty() && (text.empty() || text.starts_with('#'))) {
      block.before.push_back(text);
    } else if (text != kSeparator) {
      if (text.empty())
        throw std::runtime_error(file.string() + ":" + std::to_string(line) + ": a block without \"----\"");
      if (block.commands.empty()) block.line = line;
      block.commands.push_back(text);
    } else {
      while (std::getline(in, text) && !text.empty()) ++line, block.expected.push_back(text);
      ++line;
      script.blocks.push_back(std::move(block));
      block = {};
    }
  }
  if (!block.commands.empty())
    throw std::runtime_error(file.string() + ":" + std::to_string(block.line) + ": a block without \"----\"");
  script.after = std::move(block.before);
  return script;
}

void write_script(const std::filesystem::path& file, const Script& script) {
  std::ofstream out(file, std::ios::trunc);
  bool first = true;
  for (const Block& block : script.blocks) {
    if (!first) out << '\n';  // the empty line that ends the block before
    first = false;
    for (const std::string& text : block.before) out << text << '\n';
    for (const std::string& text : block.commands) out << text << '\n';
    out << kSeparator << '\n';
    for (const std::string& text : block.expected) out << text << '\n';
  }
  if (!script.after.empty()) out << '\n';
  for (const std::string& text : script.after) out << text << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace noroshi::test
