// A progress bar on stderr, where a person sits: only on a terminal, and only while stdout goes elsewhere. Main thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace noroshi::auditor {

class Progress {
 public:
  Progress();
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done, std::uint64_t of);  // draws at most ten times a second
  void clear();

 private:
  bool wanted_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace noroshi::auditor
