// Which report ids have come already, in some 16 bytes each. Pure; one owner.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "proto/types/ids.h"

namespace noroshi::auditor {

class SeenIds {
 public:
  bool add(const ReportId& id);  // false: it was there, in capitals perhaps

 private:
  using Key = std::array<std::uint8_t, 16>;
  void merge();

  std::vector<Key> sorted_;
  std::set<Key> recent_;  // at most a small share of all: a set needs four times the memory
};

}  // namespace noroshi::auditor
