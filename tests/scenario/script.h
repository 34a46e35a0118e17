// A scenario file: comments, and blocks of command lines, "----", and the output they must have, up to an empty line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace noroshi::test {

struct Block {
  std::vector<std::string> before;  // comments and empty lines, kept when the file is rewritten
  std::vector<std::string> commands;
  std::vector<std::string> expected;
  std::size_t line = 0;  // of the first command, for messages
};

struct Script {
  std::vector<Block> blocks;
  std::vector<std::string> after;  // comments at the end
};

Script read_script(const std::filesystem::path& file);  // throws std::runtime_error on a block without "----"
void write_script(const std::filesystem::path& file, const Script& script);

}  // namespace noroshi::test
