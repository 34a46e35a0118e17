// A progress bar on stderr, where a person sits: only on a terminal, and not in between what is printed there. Main thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace noroshi::auditor {

class Progress {
 public:
  explicit Progress(bool prints);  // on standard output, all the while
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
