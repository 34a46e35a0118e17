// Stores that break their promise: the campaign must see each of them, within the states that ctest looks at.
#include <sqlite3.h>

#include <cstdlib>
#include <string>

#include "publisher/planted.h"
#include "subscriber/planted.h"
#include "tests/crash/campaign.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::crash;

namespace {

const char* synchronous = nullptr;  // in place of the broker's FULL, if any
bool believes_what_it_finds = false;

constexpr std::uint64_t kStates = 2500;  // no more than there, unless a twin says so

std::string broken(const std::string& store, const Doubles& doubles = {}, bool faults = false,
                   std::uint64_t states = kStates) {
  Plan plan;
  plan.store = store;
  plan.states = states;
  plan.faults = faults;
  plan.doubles = doubles;
  const Verdict verdict = run_campaign(plan);
  INFO(verdict.states << " states");
  return verdict.broken.substr(0, 400);
}

template <class T>
class Set {
 public:
  Set(T& variable, T value) : variable_(variable), before_(variable) { variable = value; }
  ~Set() { variable_ = before_; }
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;

 private:
  T& variable_;
  T before_;
};

}  // namespace

// The linker puts these before the real ones (CMakeLists.txt): the log asks for its hook right behind having set, and read
// back, what it wants; and every store asks for its last life's write-ahead log to be written again.
extern "C" {
using WalHook = int (*)(void*, sqlite3*, const char*, int);
void* __real_sqlite3_wal_hook(sqlite3* db, WalHook hook, void* context);   // NOLINT
void* __wrap_sqlite3_wal_hook(sqlite3* db, WalHook hook, void* context) {  // NOLINT
  if (synchronous) sqlite3_exec(db, synchronous, nullptr, nullptr, nullptr);
  return __real_sqlite3_wal_hook(db, hook, context);
}

int __real__ZN7noroshi4wire11write_againERKNSt10filesystem7__cxx114pathE(const std::filesystem::path& file);   // NOLINT
int __wrap__ZN7noroshi4wire11write_againERKNSt10filesystem7__cxx114pathE(const std::filesystem::path& file) {  // NOLINT
  return believes_what_it_finds ? 0 : __real__ZN7noroshi4wire11write_againERKNSt10filesystem7__cxx114pathE(file);
}
}

TEST_CASE("without a bug nothing is seen") {
  for (const auto store : kStores) CHECK(broken(std::string(store)) == "");
}

TEST_CASE("broker: synchronous=NORMAL is caught") {
  const Set<const char*> planted(synchronous, "PRAGMA synchronous=NORMAL");
  CHECK(broken("broker") != "");
}
TEST_CASE("broker: synchronous=OFF is caught") {
  const Set<const char*> planted(synchronous, "PRAGMA synchronous=OFF");
  CHECK(broken("broker") != "");
}
TEST_CASE("broker: acknowledged before the commit is caught") {
  CHECK(broken("broker", {.acknowledged_early = true}) != "");
}
TEST_CASE("broker: a commit that failed and is acknowledged is caught") {
  CHECK(broken("broker", {.acknowledged_though_failed = true}, true) != "");
}
TEST_CASE("broker, subscriber: what was never synced and is believed by the next life is caught") {
  const Set<bool> planted(believes_what_it_finds, true);
  CHECK(broken("broker", {}, true, 10'000) != "");
  CHECK(broken("subscriber", {}, true) != "");
}

TEST_CASE("subscriber: acknowledged before the commit is caught") {
  const Set<subscriber::Bug> planted(subscriber::planted_bug, subscriber::Bug::acknowledge_before_commit);
  CHECK(broken("subscriber") != "");
}
TEST_CASE("subscriber: the cursor before the entries is caught") {
  const Set<subscriber::Bug> planted(subscriber::planted_bug, subscriber::Bug::cursor_before_entries);
  CHECK(broken("subscriber") != "");
}

TEST_CASE("publisher: a folder that is not synced is caught") {
  CHECK(broken("publisher", {.unsynced = Unsynced::folders}) != "");
}
TEST_CASE("publisher: a rename without a sync of the file is caught") {
  CHECK(broken("publisher", {.unsynced = Unsynced::files}) != "");
}
TEST_CASE("publisher: acknowledged before it is put is caught") {
  CHECK(broken("publisher", {.acknowledged_early = true}) != "");
}
TEST_CASE("publisher: what is sent before it is stored is caught") {
  const Set<publisher::Bug> planted(publisher::planted_bug, publisher::Bug::sent_before_stored);
  CHECK(broken("publisher") != "");
}
