#include "broker/commands/progress_bar.h"

#include <unistd.h>

#include <iostream>

namespace noroshi::broker {

ProgressBar::ProgressBar(const cli::Common& common, cli::Text doing)
    : doing_(common(doing)), wanted_(::isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
  if (wanted_ && shown_ <= 100) std::cerr << "\r\x1b[K" << std::flush;
}

void ProgressBar::operator()(std::uint64_t done, std::uint64_t all) {
  const std::uint64_t percent = all == 0 ? 100 : done * 100 / all;
  if (!wanted_ || percent == shown_) return;
  shown_ = percent;
  constexpr std::uint64_t kCells = 40;
  const std::string filled(static_cast<std::size_t>(percent * kCells / 100), '#');
  std::cerr << "\r" << doing_ << " [" << filled << std::string(kCells - filled.size(), '.') << "] " << percent << " %"
            << std::flush;
}

}  // namespace noroshi::broker
