#include "auditor/tree_history.h"

namespace noroshi::auditor {

namespace {
constexpr int kLowestKept = 4;
}

void TreeHistory::append(const Hash& leaf) {
  leaves_.push_back(leaf);
  for (const tlog::StoredHash& each : tree_.append(leaf))
    if (each.node.level >= kLowestKept) subtrees_[each.node.level].push_back(each.hash);
}

Hash TreeHistory::root(std::uint64_t size) const {
  return *tlog::root(size, [this](tlog::Node node) { return hash(node); });
}

Hash TreeHistory::hash(tlog::Node node) const {
  if (node.level == 0) return leaves_.at(node.index);
  if (node.level >= kLowestKept) return subtrees_.at(node.level).at(node.index);
  return tlog::node_hash(hash({node.level - 1, 2 * node.index}), hash({node.level - 1, 2 * node.index + 1}));
}

}  // namespace noroshi::auditor
