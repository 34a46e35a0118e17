// The production core keeps every promise.
#include "tests/unit/core/promises.h"

#include "tests/support/catch.h"

TEST_CASE("the core keeps its promises") {
  for (const auto& promise : noroshi::test::kPromises) {
    INFO(promise.name);
    CHECK(promise.kept());
  }
}
