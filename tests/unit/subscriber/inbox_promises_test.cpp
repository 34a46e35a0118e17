// Every promise is kept by the inbox as it is shipped.
#include "tests/unit/subscriber/inbox_promises.h"

#include "tests/support/catch.h"

TEST_CASE("the inbox keeps its promises") {
  for (const auto& promise : noroshi::test::kInboxPromises) {
    INFO(promise.name);
    CHECK(promise.kept());
  }
}
