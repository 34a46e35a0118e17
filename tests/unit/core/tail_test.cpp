// The newest entries in memory: what is in reach, and what falls out.
#include "broker/core/tail.h"

#include "proto/types/limits.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using core::Tail;

RecordPtr entry(std::uint64_t seq, std::size_t bytes = 10) {
  auto record = std::make_shared<Record>();
  record->entry.seq = Seq{seq};
  record->entry.body = Bytes(bytes, 'x');
  return record;
}

}  // namespace

TEST_CASE("an empty tail covers nothing") {
  Tail tail;
  CHECK(tail.head() == Seq{0});
  CHECK_FALSE(tail.covers(Seq{0}));
  CHECK_FALSE(tail.covers(Seq{1}));
  tail.restart_after(Seq{7});
  CHECK(tail.head() == Seq{7});
  CHECK_FALSE(tail.covers(Seq{7}));
  CHECK_FALSE(tail.covers(Seq{8}));
}

TEST_CASE("what was pushed is covered, what came before a restart is not") {
  Tail tail;
  tail.restart_after(Seq{7});
  for (const std::uint64_t seq : {8U, 9U, 10U}) tail.push(entry(seq));
  CHECK_FALSE(tail.covers(Seq{7}));
  CHECK(tail.covers(Seq{8}));
  CHECK(tail.covers(Seq{10}));
  CHECK_FALSE(tail.covers(Seq{11}));
  const auto slice = tail.slice(Seq{9}, Seq{10});
  REQUIRE(slice.size() == 2);
  CHECK(slice[0]->entry.seq == Seq{9});
  CHECK(slice[1]->entry.seq == Seq{10});
  CHECK(tail.slice(Seq{8}, Seq{8}).size() == 1);
}

TEST_CASE("the oldest falls out when there are too many") {
  Tail tail;
  for (std::uint64_t seq = 1; seq <= limits::kTailEntries + 3; ++seq) tail.push(entry(seq));
  CHECK_FALSE(tail.covers(Seq{3}));
  CHECK(tail.covers(Seq{4}));
  CHECK(tail.slice(Seq{4}, tail.head()).size() == limits::kTailEntries);
}

TEST_CASE("or when they are too big, but never the newest") {
  Tail tail;
  tail.push(entry(1, limits::kTailBytes / 2));
  tail.push(entry(2, limits::kTailBytes / 2));
  CHECK(tail.covers(Seq{1}));
  tail.push(entry(3, 1));
  CHECK_FALSE(tail.covers(Seq{1}));
  CHECK(tail.covers(Seq{2}));
  tail.push(entry(4, limits::kTailBytes + 1));
  CHECK_FALSE(tail.covers(Seq{3}));
  CHECK(tail.covers(Seq{4}));
  tail.push(entry(5, 1));
  CHECK_FALSE(tail.covers(Seq{4}));
  CHECK(tail.covers(Seq{5}));
}
