#include "auditor/tree_history.h"

#include <vector>

#include "tests/support/catch.h"

namespace noroshi::test {

TEST_CASE("every root that a log had is still known") {
  auditor::TreeHistory history;
  std::vector<Hash> roots{history.root()};
  for (int n = 0; n < 300; ++n) {
    history.append(tlog::leaf_hash("entry " + std::to_string(n)));
    roots.push_back(history.root());
  }
  for (std::size_t size = 0; size < roots.size(); ++size) CHECK(history.root(size) == roots[size]);
}

}  // namespace noroshi::test
