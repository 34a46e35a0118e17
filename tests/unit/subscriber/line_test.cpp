#include "proto/client/line.h"

#include "proto/client/topics.h"
#include "schemas/matrix_loader.h"
#include "subscriber/watch_options.h"
#include "tests/support/catch.h"

namespace noroshi::client {

TEST_CASE("the wait before the next attempt doubles up to ten seconds and is spread by chance") {
  BackOff shortest;
  BackOff longest;
  std::int64_t full = 250 * kMicrosPerMilli;
  for (int attempt = 0; attempt < 100; ++attempt) {
    CHECK(shortest.next(0) == full / 2);
    const std::int64_t spread = longest.next(0xffffffff);
    CHECK(spread >= full / 2);
    CHECK(spread <= full);
    full = std::min<std::int64_t>(full * 2, 10 * kMicrosPerSecond);
  }
  shortest.reset();
  CHECK(shortest.next(0) == 125 * kMicrosPerMilli);
}

TEST_CASE("topics that are nearly right") {
  const Matrix matrix = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  struct Row {
    const char* typed;
    const char* meant;
  };
  for (const Row& row : {Row{"C.it-failur", "C.it-failure"}, Row{"B.c.precurser", "B.c.precursor"},
                         Row{"precursor", "B.c.precursor"}, Row{"C.it-failure.sectr", "C.it-failure.sector"},
                         Row{"exercise.C.disastr", "exercise.C.disaster"}, Row{"D", "C"}}) {
    INFO(row.typed);
    const auto near = near_topics(matrix, row.typed);
    CHECK(near.size() <= 3);
    CHECK(std::find(near.begin(), near.end(), row.meant) != near.end());
  }
  CHECK(near_topics(matrix, "completely.different.words").empty());

  cli::Common common;
  CHECK_FALSE(unknown_topic(common, matrix, {"*", "C", "B.c", "exercise", "test.C.it-failure.sector"}));
  const auto objection = unknown_topic(common, matrix, {"C", "B.c.pre"});
  REQUIRE(objection);
  CHECK(objection->find("B.c.pre") != std::string::npos);
}

TEST_CASE("where a watch begins") {
  const Matrix matrix = load_matrix(NOROSHI_SOURCE_DIR "/schemas/matrix.toml");
  const cli::Common common;
  subscriber::WatchOptions options;
  CHECK_FALSE(options.first());
  options.from = "start";
  CHECK(options.first() == Seq{1});
  options.from = "42";
  CHECK(options.first() == Seq{42});
  CHECK_NOTHROW(check(common, options, matrix));
  for (const char* wrong : {"0", "then", "-3", "4x", ""}) {
    options.from = wrong;
    CHECK_THROWS_AS(check(common, options, matrix), cli::Failure);
  }
}

}  // namespace noroshi::client
