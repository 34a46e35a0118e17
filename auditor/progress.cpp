#include "auditor/progress.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>

namespace noroshi::auditor {

namespace {
constexpr std::uint64_t kColumns = 40;
constexpr std::chrono::milliseconds kPause{100};
}  // namespace

Progress::Progress(bool prints) : wanted_(::isatty(STDERR_FILENO) != 0 && (!prints || ::isatty(STDOUT_FILENO) == 0)) {}

void Progress::show(std::uint64_t done, std::uint64_t of) {
  const auto now = std::chrono::steady_clock::now();
  if (!wanted_ || of == 0 || now < next_) return;
  next_ = now + kPause;
  drawn_ = true;
  done = std::min(done, of);
  const std::uint64_t filled = done * kColumns / of;
  std::cerr << "\r[" << std::string(filled, '#') << std::string(kColumns - filled, '.') << "] " << done * 100 / of
            << "%  " << done << "/" << of << "\x1b[K" << std::flush;
}

void Progress::clear() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace noroshi::auditor
