// The tree of a growing log with all that it has been: the root of every size it had. Some 40 bytes an entry: the leaves, and the
// subtrees of sixteen and more; smaller ones are computed when they are asked for. Pure; one owner.
#pragma once

#include <deque>
#include <map>

#include "proto/tlog/tree.h"

namespace noroshi::auditor {

class TreeHistory {
 public:
  void append(const Hash& leaf);
  std::uint64_t size() const { return tree_.size(); }
  Hash root() const { return tree_.root(); }
  // Precondition: size <= this->size().
  Hash root(std::uint64_t size) const;

 private:
  Hash hash(tlog::Node node) const;

  tlog::Frontier tree_;
  std::deque<Hash> leaves_;
  std::map<int, std::deque<Hash>> subtrees_;  // by level
};

}  // namespace noroshi::auditor
