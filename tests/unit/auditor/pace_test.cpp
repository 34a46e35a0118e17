#include "auditor/pace.h"

#include "tests/support/catch.h"

namespace noroshi::auditor {

namespace {

constexpr std::int64_t kSecond = kMicrosPerSecond;
const Micros kRecorded{1'000 * kSecond};
const Micros kNow{5'000 * kSecond};

}  // namespace

TEST_CASE("entries appear as far apart as they were recorded, so many times faster") {
  Pace pace(2);
  CHECK(pace.next(kRecorded, kNow).at == kNow);
  CHECK(pace.next(kRecorded + 4 * kSecond, kNow).at == kNow + 2 * kSecond);
  CHECK(pace.next(kRecorded + 4 * kSecond, kNow + 2 * kSecond).at == kNow + 2 * kSecond);
  CHECK(pace.next(kRecorded + 5 * kSecond, kNow + 2 * kSecond).left_out == 0);
}

TEST_CASE("a wait that is too long is cut, and says by how much") {
  Pace pace(60);
  pace.next(kRecorded, kNow);
  const Pace::Turn turn = pace.next(kRecorded + 3600 * kSecond, kNow);
  CHECK(turn.at == kNow + Pace::kLongestWait);
  CHECK(turn.left_out == 60 * kSecond - Pace::kLongestWait);
}

TEST_CASE("small delays do not add up, and after a long one nothing hurries") {
  Pace pace(1);
  pace.next(kRecorded, kNow);
  CHECK(pace.next(kRecorded + kSecond, kNow + kSecond / 2).at == kNow + kSecond);
  CHECK(pace.next(kRecorded + 2 * kSecond, kNow + kSecond + 50'000).at == kNow + 2 * kSecond);
  const Micros late = kNow + 100 * kSecond;
  CHECK(pace.next(kRecorded + 3 * kSecond, late).at == late + -kSecond);
  CHECK(pace.next(kRecorded + 4 * kSecond, late).at == late);
}

TEST_CASE("a clock that went back is no wait") {
  Pace pace(1);
  pace.next(kRecorded, kNow);
  CHECK(pace.next(kRecorded + -kSecond, kNow).at == kNow);
}

}  // namespace noroshi::auditor
