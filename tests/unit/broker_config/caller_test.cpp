// Calls are made in order, at least once over any end of the broker, and what cannot be made holds nothing up for good.
#include "broker/runtime/caller.h"

#include <future>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/broker_config/temp_folder.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using runtime::Caller;

// Takes after so many failures of each call; while it is shut it does not return.
struct Script {
  int failures = 0;
  int patience = 3;
  std::promise<void> opened;
  std::shared_future<void> door = opened.get_future().share();
  std::promise<void> tried;
  std::vector<std::uint64_t> taken;
};

class Scripted : public runtime::Way {
 public:
  explicit Scripted(Script& script) : script_(script) {}
  std::string take(const core::Call& call) override {
    if (first_) script_.tried.set_value();
    first_ = false;
    script_.door.wait();
    if (call.entry != now_) failed_ = 0;
    now_ = call.entry;
    if (failed_++ < script_.failures) return "no";
    script_.taken.push_back(call.entry.value);
    return {};
  }
  std::optional<std::int64_t> patience(int failures) const override {
    return failures < script_.patience ? std::optional<std::int64_t>(0) : std::nullopt;
  }

 private:
  Script& script_;
  Seq now_{};
  int failed_ = 0;
  bool first_ = true;
};

core::Call call_for(std::uint64_t entry) {
  core::Call call;
  call.entry = Seq{entry};
  return call;
}

Caller::Make made_of(Script& script) {
  return [&script](const std::atomic<bool>&) { return std::make_unique<Scripted>(script); };
}

// What a start finds: where the last one has come to.
std::uint64_t place(const std::filesystem::path& file, std::uint64_t head = 1'000'000) {
  Script unused;
  return Caller("test", made_of(unused), file).begin(Seq{head}).value;
}

// Makes these calls, and ends once the last is behind it.
void make(Script& script, const std::filesystem::path& file, const std::vector<std::uint64_t>& entries) {
  script.opened.set_value();
  Caller caller("test", made_of(script), file);
  caller.begin(Seq{5});
  for (const std::uint64_t entry : entries) caller.call(call_for(entry));
  while (contents(file) != std::to_string(entries.back()) + "\n") std::this_thread::yield();
}

}  // namespace

TEST_CASE("a new way begins with what comes, an old one where it was") {
  const TempFolder folder;
  const auto file = folder.path() / "way";
  CHECK(place(file, 7) == 7);
  CHECK(place(file, 20) == 7);
  CHECK(place(file, 6) == 6);  // an older copy of the log
}

TEST_CASE("calls are made in order, each until it is taken or given up") {
  const TempFolder folder;
  Script patient, impatient;
  patient.failures = 2;
  make(patient, folder.path() / "patient", {7, 9});
  CHECK(patient.taken == std::vector<std::uint64_t>{7, 9});
  impatient.failures = 3;
  make(impatient, folder.path() / "impatient", {7, 9});
  CHECK(impatient.taken.empty());
  CHECK(place(folder.path() / "impatient") == 9);
}

TEST_CASE("what was not taken when the broker ended is still to be called for") {
  const TempFolder folder;
  const auto file = folder.path() / "way";
  Script script;
  script.failures = 1'000'000;
  script.patience = 1'000'000;
  script.opened.set_value();
  {
    Caller caller("test", made_of(script), file);
    caller.begin(Seq{5});
    caller.call(call_for(7));
    script.tried.get_future().wait();
  }
  CHECK(place(file) == 5);
}

TEST_CASE("what waits for a receiver that does not answer is bounded") {
  const TempFolder folder;
  const auto file = folder.path() / "way";
  Script script;
  {
    Caller caller("test", made_of(script), file);
    for (std::uint64_t entry = 1; entry <= 1500; ++entry) caller.call(call_for(entry));
    script.tried.get_future().wait();
    script.opened.set_value();
    while (!std::filesystem::exists(file) || contents(file) != "1000\n") std::this_thread::yield();
    caller.call(call_for(2000));
    while (contents(file) != "2000\n") std::this_thread::yield();
  }
  CHECK(script.taken.size() == 1001);
}
