#include "tests/unit/auditor/promises.h"

#include "tests/support/catch.h"

TEST_CASE("a verification keeps its promises") {
  for (const auto& promise : noroshi::test::kPromises) {
    INFO(promise.name);
    CHECK(promise.kept());
  }
}
