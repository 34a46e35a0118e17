// A parser with two bugs, to prove that the harness finds what it is for. Part of no product. PLANTED_MEMORY: it believes
// a length that the input states. PLANTED_PROMISE: what it reads is not what it writes.
#include <cstring>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

using noroshi::fuzz::promise;

// "N", a length, so many bytes.
std::vector<char> read(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || data[0] != 'N') return {};
  const std::size_t stated = data[1];
#ifndef PLANTED_MEMORY
  if (stated > size - 2) return {};
#endif
  std::vector<char> out(stated);
  if (stated > 0) std::memcpy(out.data(), data + 2, stated);
  return out;
}

std::string write(const std::vector<char>& read) {
  std::string out{'N', static_cast<char>(read.size())};
  out.append(read.data(), read.size());
#ifdef PLANTED_PROMISE
  if (read.size() > 1 && read[0] == 'O') out.pop_back();
#endif
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<char> once = read(data, size);
  const std::string written = write(once);
  promise(read(reinterpret_cast<const std::uint8_t*>(written.data()), written.size()) == once,
          "it survives a round trip");
  return 0;
}
