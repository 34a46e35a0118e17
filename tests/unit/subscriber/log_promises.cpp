#include "tests/unit/subscriber/log_promises.h"

#include <functional>

#include "subscriber/log_memory.h"
#include "tests/unit/subscriber/forking_log.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

// A memory that has seen so much of `before` and was delivered its last entry, and then a session with a broker that has
// `after`, and delivers all of it before anything is asked. What the alarm says; nullopt: none.
std::optional<Breach> alarm(const ForkingLog& before, const ForkingLog& after, std::size_t seen) {
  LogMemory memory(before.verifier());
  memory.heard(before.note(seen), Micros{});
  memory.delivered({Seq{before.size()}, before.leaf(before.size())});
  memory.connected(Micros{});
  for (std::uint64_t seq = 1; seq <= after.size(); ++seq) memory.delivered({Seq{seq}, after.leaf(seq)});
  if (const auto out = memory.heard(after.note(), Micros{}); out.fork) return out.fork->breach;
  while (const auto query = memory.question(Micros{}))
    if (const auto out = memory.answered(after.answer(*query), Micros{}); out.fork) return out.fork->breach;
  return std::nullopt;
}

std::optional<Breach> alarm(const ForkingLog& before, const ForkingLog& after) {
  return alarm(before, after, before.size());
}

ForkingLog other(const ForkingLog& log, std::size_t same, std::size_t size) {
  ForkingLog whole = log;
  whole.grow(size);
  return whole.forked_at(same);
}

bool honest_growth_is_none(const ForkingLog& log) {
  ForkingLog grown = log;
  grown.grow(log.size() + 9);
  return !alarm(log, grown) && !alarm(log, log);
}

bool at_every_size(const std::function<bool(std::size_t)>& check) {
  for (std::size_t size = 1; size <= 20; ++size)
    if (!check(size)) return false;
  return true;
}

}  // namespace

bool two_roots_of_one_size_are_an_alarm() {
  return at_every_size([](std::size_t size) {
    const ForkingLog log(size);
    for (std::size_t same = 0; same < size; ++same)
      if (alarm(log, other(log, same, size)) != Breach::split) return false;
    return honest_growth_is_none(log);
  });
}

bool a_log_that_lost_entries_is_an_alarm() {
  return at_every_size([](std::size_t size) {
    const ForkingLog log(size);
    for (std::size_t left = 1; left < size; ++left) {
      ForkingLog shorter = log;
      shorter.cut(left);
      if (alarm(log, shorter) != Breach::rewound) return false;
    }
    return honest_growth_is_none(log);
  });
}

bool a_rewritten_past_is_an_alarm() {
  return at_every_size([](std::size_t size) {
    const ForkingLog log(size);
    for (std::size_t same = 0; same < size; ++same)
      for (std::size_t more = 1; more < 12; ++more)
        if (alarm(log, other(log, same, size + more)) != Breach::rewritten) return false;
    return honest_growth_is_none(log);
  });
}

// Put back to what was signed last, or to later, before what was delivered.
bool a_dropped_entry_is_an_alarm() {
  return at_every_size([](std::size_t size) {
    const ForkingLog log(size);
    for (std::size_t seen = 1; seen < size; ++seen)
      for (std::size_t same = seen; same < size; ++same) {
        ForkingLog shorter = log;
        shorter.cut(same);
        if (alarm(log, shorter, seen) != Breach::dropped) return false;
        for (std::size_t more = 0; more < 5; ++more)
          if (alarm(log, other(log, same, size + more), seen) != Breach::dropped) return false;
        if (alarm(log, log, seen)) return false;
      }
    return honest_growth_is_none(log);
  });
}

}  // namespace noroshi::test
