// How far a long command is, on standard error of a terminal; elsewhere nothing.
#pragma once

#include <cstdint>

#include "proto/cli/cli.h"

namespace noroshi::broker {

class ProgressBar {
 public:
  ProgressBar(const cli::Common& common, cli::Text doing);
  ~ProgressBar();  // wipes it
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void operator()(std::uint64_t done, std::uint64_t all);

 private:
  std::string doing_;
  bool wanted_;
  std::uint64_t shown_ = 101;  // per cent
};

}  // namespace noroshi::broker
