// From admitted to durable: who goes first, how much at once, under which time.
#include "broker/core/sequencer.h"

#include "proto/types/limits.h"
#include "tests/support/catch.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using core::Append;
using core::Sequencer;

Append report(const std::string& name, Lane lane, std::size_t bytes = 10) {
  Append append;
  append.kind = EntryKind::report;
  append.lane = lane;
  append.body = Bytes(bytes, 'x');
  append.content = report_of(name, cast::hatsuden());
  return append;
}

Append posture() {
  Append append;
  append.kind = EntryKind::posture;
  append.lane = Lane::urgent;
  append.content = PostureChange{Posture::heightened, "", {}};
  return append;
}

Names names_of(const std::vector<Append>& batch) {
  Names names;
  for (const Append& append : batch) {
    const auto* each = std::get_if<Report>(&append.content);
    names.push_back(each ? test::name_of(each->id) : std::string(noroshi::name_of(append.kind)));
  }
  return names;
}

void admit(Sequencer& sequencer, Lane lane, std::size_t count, std::size_t bytes = 10,
           const std::string& prefix = "r") {
  for (std::size_t i = 0; i < count; ++i) sequencer.admit(report(prefix + std::to_string(i), lane, bytes));
}

}  // namespace

TEST_CASE("what is no report goes first and by itself, then urgent, then batched") {
  Sequencer sequencer;
  sequencer.restart_after(Seq{10}, kStart);
  sequencer.admit(report("b1", Lane::batched));
  sequencer.admit(report("u1", Lane::urgent));
  sequencer.admit(posture());
  sequencer.admit(report("u2", Lane::urgent));
  const auto first = sequencer.cut(kStart);
  CHECK(names_of(first) == Names{"posture"});  // reports are judged by it
  CHECK(first[0].seq == Seq{11});
  sequencer.committed();
  const auto second = sequencer.cut(kStart);
  CHECK(names_of(second) == Names{"u1", "u2", "b1"});
  for (std::size_t i = 0; i < second.size(); ++i) CHECK(second[i].seq == Seq{12 + i});
}

TEST_CASE("there is one batch in flight, and the next continues its sequence") {
  Sequencer sequencer;
  CHECK(sequencer.idle());
  CHECK(sequencer.cut(kStart).empty());
  sequencer.admit(report("u1", Lane::urgent));
  CHECK(sequencer.cut(kStart).size() == 1);
  sequencer.admit(report("u2", Lane::urgent));
  CHECK(sequencer.cut(kStart).empty());
  CHECK_FALSE(sequencer.idle());
  CHECK(sequencer.committed().size() == 1);
  const auto second = sequencer.cut(kStart);
  REQUIRE(second.size() == 1);
  CHECK(second[0].seq == Seq{2});
  sequencer.committed();
  CHECK(sequencer.idle());
}

TEST_CASE("a batch is bounded, and the batched lane's part of it more tightly") {
  Sequencer sequencer;
  SECTION("entries of the urgent lane") {
    admit(sequencer, Lane::urgent, limits::kBatchEntries + 1);
    CHECK(sequencer.cut(kStart).size() == limits::kBatchEntries);
  }
  SECTION("entries of the batched lane") {
    admit(sequencer, Lane::batched, limits::kBatchedPerCommit + 1);
    CHECK(sequencer.cut(kStart).size() == limits::kBatchedPerCommit);
  }
  SECTION("no room is left for batched") {
    admit(sequencer, Lane::batched, 10, 10, "b");
    admit(sequencer, Lane::urgent, limits::kBatchEntries);
    CHECK(sequencer.cut(kStart).size() == limits::kBatchEntries);
    sequencer.committed();
    CHECK(names_of(sequencer.cut(kStart)).size() == 10);
  }
  SECTION("beside urgent ones") {
    admit(sequencer, Lane::urgent, 3);
    admit(sequencer, Lane::batched, limits::kBatchedPerCommit + 1, 10, "b");
    CHECK(sequencer.cut(kStart).size() == 3 + limits::kBatchedBesideUrgent);
    sequencer.committed();
    CHECK(sequencer.cut(kStart).size() == limits::kBatchedPerCommit + 1 - limits::kBatchedBesideUrgent);
  }
  SECTION("bytes of the urgent lane") {
    admit(sequencer, Lane::urgent, 5, limits::kBatchBytes / 4);
    CHECK(sequencer.cut(kStart).size() == 4);
  }
  SECTION("bytes of the batched lane") {
    admit(sequencer, Lane::batched, 5, limits::kBatchedBytesPerCommit / 4);
    CHECK(sequencer.cut(kStart).size() == 4);
  }
}

TEST_CASE("an entry larger than the bound goes alone in its lane, and holds up nobody for ever") {
  Sequencer sequencer;
  sequencer.admit(report("big1", Lane::batched, limits::kBatchedBytesPerCommit + 1));
  sequencer.admit(report("big2", Lane::batched, limits::kBatchedBytesPerCommit + 1));
  sequencer.admit(report("b1", Lane::batched));
  sequencer.admit(report("u1", Lane::urgent));
  CHECK(names_of(sequencer.cut(kStart)) == Names{"u1", "big1"});
  sequencer.committed();
  CHECK(names_of(sequencer.cut(kStart)) == Names{"big2"});
  sequencer.committed();
  CHECK(names_of(sequencer.cut(kStart)) == Names{"b1"});
}

TEST_CASE("a large change of a member and large reports share no batch beyond its bytes") {
  Sequencer sequencer;
  Append member;
  member.kind = EntryKind::member;
  member.lane = Lane::urgent;
  member.content = cast::bank();
  member.body = Bytes(limits::kBatchBytes, 'x');
  sequencer.admit(member);
  admit(sequencer, Lane::urgent, 4, limits::kReportBytes);
  for (auto batch = sequencer.cut(kStart); !batch.empty(); batch = sequencer.cut(kStart)) {
    std::size_t bytes = 0;
    for (const Append& append : batch) bytes += append.body.size();
    CHECK(bytes <= limits::kBatchBytes + limits::kReportBytes);
    sequencer.committed();
  }
  CHECK(sequencer.idle());
}

TEST_CASE("recorded-at never goes back, whatever the clock does") {
  Sequencer sequencer;
  sequencer.restart_after(Seq{1}, kStart);
  const auto time_of_next = [&](Micros now) {
    sequencer.admit(posture());
    const Micros time = sequencer.cut(now).at(0).recorded_at;
    sequencer.committed();
    return time;
  };
  CHECK(time_of_next(kStart + (-1000)) == kStart);  // behind the last entry of the log
  CHECK(time_of_next(kStart + 10) == kStart + 10);
  CHECK(time_of_next(kStart + 5) == kStart + 10);
  CHECK(time_of_next(kStart + 11) == kStart + 11);
}

TEST_CASE("a report is found until it is durable") {
  Sequencer sequencer;
  const ReportId id = report_id("u1");
  CHECK_FALSE(sequencer.find(id));
  sequencer.admit(report("u1", Lane::urgent));
  CHECK(sequencer.find(id));
  sequencer.cut(kStart);
  CHECK(sequencer.find(id));
  CHECK(sequencer.find(id)->report()->id == id);
  sequencer.committed();
  CHECK_FALSE(sequencer.find(id));
}

TEST_CASE("the backlog counts what is not yet durable, per lane") {
  Sequencer sequencer;
  admit(sequencer, Lane::urgent, 2, 10);
  admit(sequencer, Lane::batched, 3, 100, "b");
  sequencer.admit(posture());  // counts in no lane
  CHECK(sequencer.backlog(Lane::urgent) == 2);
  CHECK(sequencer.backlog(Lane::batched) == 3);
  CHECK(sequencer.backlog_bytes(Lane::batched) == 300);
  sequencer.cut(kStart);
  sequencer.committed();
  sequencer.cut(kStart);
  CHECK(sequencer.backlog(Lane::urgent) == 2);  // not durable yet
  CHECK(sequencer.backlog_bytes(Lane::urgent) == 20);
  sequencer.committed();
  CHECK(sequencer.backlog(Lane::urgent) == 0);
  CHECK(sequencer.backlog_bytes(Lane::batched) == 0);
}
