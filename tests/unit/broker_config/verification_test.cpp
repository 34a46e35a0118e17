// Signatures checked beside the reactor: whoever brings many delays itself, and nobody's own order is lost.
#include "broker/runtime/verification.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "tests/support/catch.h"

using namespace noroshi;
using runtime::Turns;
using runtime::Verification;

namespace {

PublicKey key(std::uint8_t first) {
  PublicKey out{};
  out[0] = first;
  return out;
}

core::Command submit(const PublicKey& member, std::uint64_t number) {
  core::Submit out;
  out.peer.key = member;
  out.number = number;
  return out;
}

struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t done = 0;
  void one_done() {
    const std::lock_guard lock(mutex);
    ++done;
    changed.notify_all();
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done >= count; });
  }
};

}  // namespace

TEST_CASE("turns: each owner in its order, owners one after the other") {
  Turns<char, int> turns;
  const auto any = [](char, std::size_t) { return true; };
  for (const int n : {1, 2, 3}) turns.push('a', n);
  turns.push('b', 10);
  turns.push('c', 20);
  turns.push('b', 11);
  std::vector<int> got;
  while (const auto next = turns.pop(any)) got.push_back(*next);
  CHECK(got == std::vector<int>{1, 10, 20, 2, 11, 3});
  turns.push('a', 4);
  CHECK(turns.pop(any) == 4);
  CHECK_FALSE(turns.pop(any));
  turns.push('a', 5);
  turns.push('a', 6);
  turns.push('b', 12);
  const auto few = [](char, std::size_t waiting) { return waiting < 2; };
  CHECK(turns.pop(few) == 12);
  CHECK_FALSE(turns.pop(few));
  CHECK(turns.pop(any) == 5);
}

TEST_CASE("verification: one report of a member does not wait behind thousands of another") {
  runtime::Inbox inbox;
  Gate gate;
  std::string failed;
  Verification verification(
      inbox, [&] { gate.one_done(); }, [&](const char* what) { failed = what; });
  const PublicKey flood = key(1), other = key(2);
  const std::uint64_t many = 1000;
  Micros now{};
  for (std::uint64_t n = 0; n < many; ++n)
    verification.post(
        Lane::urgent, flood, [&, n] { return submit(flood, n); }, now);
  verification.post(
      Lane::urgent, other, [&] { return submit(other, 7); }, now);
  CHECK(verification.waiting(Lane::urgent) == many + 1);
  CHECK(verification.waiting(Lane::urgent, other));
  CHECK_FALSE(verification.waiting(Lane::batched, other));

  std::size_t place = many;
  std::vector<std::uint64_t> order;
  for (std::size_t taken = 0; taken < many + 1;) {
    now = now + kMicrosPerSecond / limits::kBulkPerSecond;  // the pace that a bulk is held to
    verification.go_on(now);
    gate.wait_for(taken + 1);
    for (const core::Command& command : inbox.take(Lane::urgent, many + 1)) {
      const auto& got = std::get<core::Submit>(command);
      verification.taken(Lane::urgent, got.peer.key, now);
      ++taken;
      if (got.peer.key == other)
        place = order.size();
      else
        order.push_back(got.number);
    }
  }
  CHECK(place < 50);
  CHECK(order.size() == many);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(verification.waiting(Lane::urgent) == 0);
  CHECK_FALSE(verification.waiting(Lane::urgent, flood));
  CHECK(failed.empty());
}

TEST_CASE("verification: a check that throws is told") {
  runtime::Inbox inbox;
  Gate gate;
  std::string failed;
  Verification verification(
      inbox, [] {},
      [&](const char* what) {
        failed = what;
        gate.one_done();
      });
  verification.post(
      Lane::batched, key(1), []() -> core::Command { throw std::runtime_error("no"); }, Micros{});
  gate.wait_for(1);
  CHECK(failed == "no");
}
