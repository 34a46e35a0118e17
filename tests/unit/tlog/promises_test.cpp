#include "tests/unit/tlog/promises.h"

#include "tests/support/catch.h"

TEST_CASE("the transparency log keeps its promises") {
  for (const auto& promise : noroshi::test::kPromises) {
    INFO(promise.name);
    CHECK(promise.kept());
  }
}
