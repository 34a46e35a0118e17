// A hostile member: says the same report to the urgent lane without end, as fast as its socket takes it, and reads none of
// the answers. A process of its own, since it must share no thread with those it disturbs.
#pragma once

#include <cstdint>
#include <filesystem>

namespace noroshi::bench {

// What that process does, until its standard input ends. A byte on standard output: it is under way; then how many it said.
int be_hostile(const std::filesystem::path& credential);

class Assault {
 public:
  // `program` calls be_hostile() when it is given --assault FILE.
  Assault(const std::filesystem::path& program, const std::filesystem::path& credential);
  ~Assault() { end(); }
  Assault(const Assault&) = delete;
  Assault& operator=(const Assault&) = delete;
  // Frames said.
  std::uint64_t end();

 private:
  int pid_ = -1, in_ = -1, out_ = -1;
};

}  // namespace noroshi::bench
