// What the fuzz targets share: taking their bytes apart, and saying what must hold of every input.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "proto/wire/signing.h"
#include "schemas/matrix.h"

// One run of a target; libFuzzer's entry point, and that of replay_main.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace noroshi::fuzz {

// Ends the program with `what` unless it is kept: that is what a fuzzer takes for a finding.
void promise(bool kept, std::string_view what);

// The bytes of one input, from left to right. What is not there any more reads as zero, or as nothing.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t byte();
  std::string_view piece();  // two bytes of length (the low one first), then so many, or as many as there are
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// A file that exists in memory only, for loaders that want a path. Readable by its owner alone.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::filesystem::path path() const;

 private:
  int fd_;
};

// The matrix of the source tree.
const Matrix& matrix();

// The same key every time, so that a finding can be reproduced.
wire::SigningKey fixed_signing_key(char seed);

// Nothing in it can move a terminal's cursor or turn the direction of text.
bool fit_for_terminal(std::string_view text);

}  // namespace noroshi::fuzz
