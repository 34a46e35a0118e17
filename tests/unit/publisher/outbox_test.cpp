// The outbox: whole entries or none, on the disk before anything leaves, oldest first.
#include "publisher/outbox.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "proto/cli/cli.h"
#include "tests/support/catch.h"
#include "tests/unit/publisher/agent_world.h"

namespace {

std::vector<std::string> synced;  // what the program's own fsync was called for

}  // namespace

// The dynamic linker finds the program's before libc's. It is only noted: no test cuts the power, and thousands of lives in
// agent_test would wait for the disk.
extern "C" int fsync(int fd) {
  std::array<char, 4096> path{};
  const auto n = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path.data(), path.size() - 1);
  synced.emplace_back(path.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  return 0;
}

namespace {

using namespace noroshi;
using namespace noroshi::publisher;
using namespace noroshi::publisher::test;

using Names = std::vector<std::string>;

constexpr Micros kNow{1'780'306'200'123'456};

Names stamps(const Outbox& outbox) {
  Names out;
  for (const auto& entry : outbox.entries()) out.push_back(entry.stamp);
  return out;
}

Names titles(const Outbox& outbox) {
  Names out;
  for (const auto& entry : outbox.entries())
    for (const Letter& letter : outbox.letters(entry.stamp))
      out.push_back(title_of(std::get<Parcel>(letter.content).report));
  return out;
}

TEST_CASE("entries come back as they were put, oldest first, whatever the clock does") {
  const TemporaryFolder folder;
  const auto first = letters({"one", "two"});
  {
    Outbox outbox(folder.path / "outbox");
    const std::string stamp = outbox.fresh_stamp(kNow);
    CHECK(stamp == "20260601T093000.123456Z");
    outbox.put(stamp, first);
    outbox.put(outbox.fresh_stamp(kNow), letters({"three"}));
  }
  Outbox outbox(folder.path / "outbox");
  outbox.put(outbox.fresh_stamp(Micros{kNow.value - 3600 * kMicrosPerSecond}), letters({"four"}));
  CHECK(stamps(outbox) == Names{"20260601T093000.123456Z", "20260601T093000.123457Z", "20260601T093000.123458Z"});
  CHECK(titles(outbox) == Names{"one", "two", "three", "four"});
  // To the byte, or a second sending would be another report.
  CHECK(std::get<Parcel>(outbox.letters("20260601T093000.123456Z")[1].content).report.SerializeAsString() ==
        std::get<Parcel>(first[1].content).report.SerializeAsString());
  outbox.remove("20260601T093000.123457Z");
  CHECK(titles(outbox) == Names{"one", "two", "four"});
}

TEST_CASE("what is put is on the disk, itself and its name, when put returns") {
  const TemporaryFolder folder;
  const auto path = std::filesystem::canonical(folder.path) / "outbox";
  Outbox outbox(path);
  synced.clear();
  outbox.put(outbox.fresh_stamp(kNow), letters({"one"}));
  CHECK(synced == Names{(path / ".writing").string(), path.string()});
}

TEST_CASE("what is taken and what is given is on the disk in both folders") {
  const TemporaryFolder folder;
  const auto root = std::filesystem::canonical(folder.path);
  Folder spool(root);
  Outbox outbox(root / "outbox");
  Folder sent(root / "sent");
  std::ofstream(root / "a.json") << "text";
  synced.clear();
  CHECK(outbox.take(spool, "a.json", outbox.fresh_stamp(kNow)));
  CHECK(synced == Names{(root / "outbox").string(), root.string()});
  CHECK_FALSE(outbox.take(spool, "gone.json", outbox.fresh_stamp(kNow)));
  synced.clear();
  const Outbox::Entry entry = outbox.entries().at(0);
  CHECK(entry.original == "a.json");
  CHECK_FALSE(entry.is_signed);
  outbox.give(entry, sent, "b.json");
  CHECK(synced == Names{(root / "sent").string(), (root / "outbox").string()});
  CHECK(read(root / "sent" / "b.json") == "text");
}

TEST_CASE("killed at any moment, an entry is the old one or the new one") {
  for (std::size_t moment = 1;; ++moment) {
    const TemporaryFolder folder;
    std::string stamp;
    bool killed = false;
    {
      Outbox outbox(folder.path / "outbox");
      stamp = outbox.fresh_stamp(kNow);
      outbox.put(stamp, letters({"one", "two"}));
      const KillAt kill(moment);
      try {
        outbox.put(stamp, letters({"two"}));
      } catch (const Killed&) {
        killed = true;
      }
    }
    Outbox outbox(folder.path / "outbox");
    const Names left = titles(outbox);
    INFO(moment);
    CHECK((left == Names{"one", "two"} || left == Names{"two"}));
    outbox.put(outbox.fresh_stamp(kNow), letters({"three"}));  // a leftover is not in the way
    CHECK(titles(outbox).back() == "three");
    if (!killed) break;
  }
}

TEST_CASE("a spool's file may be called like an entry") {
  const TemporaryFolder folder;
  Folder spool(folder.path);
  Outbox outbox(folder.path / "outbox");
  const std::string name = "20260601T093000.123456Z.signed";
  std::ofstream(folder.path / name) << "text";
  REQUIRE(outbox.take(spool, name, outbox.fresh_stamp(kNow)));
  REQUIRE(outbox.entries().size() == 1);
  CHECK(outbox.entries()[0].original == name);
  CHECK_FALSE(outbox.entries()[0].is_signed);
}

TEST_CASE("what is none of its own stays, and a damaged entry is named") {
  const TemporaryFolder folder;
  Outbox outbox(folder.path / "outbox");
  std::ofstream(folder.path / "outbox" / "notes.txt") << "mine";
  CHECK(outbox.entries().empty());
  const std::string stamp = outbox.fresh_stamp(kNow);
  outbox.put(stamp, letters({"one"}));
  std::filesystem::resize_file(folder.path / "outbox" / (stamp + ".signed"), 100);
  CHECK_THROWS_WITH(outbox.letters(stamp), Catch::Matchers::Contains(stamp + ".signed: is damaged"));
  CHECK(names_in(folder.path / "outbox") == Names{stamp + ".signed", "notes.txt"});
}

TEST_CASE("one at a time") {
  const TemporaryFolder folder;
  {
    const Outbox outbox(folder.path / "outbox");
    CHECK_THROWS_WITH(Outbox(folder.path / "outbox"),
                      Catch::Matchers::Contains("another noroshi-publisher works here"));
  }
  CHECK_NOTHROW(Outbox(folder.path / "outbox"));
}

}  // namespace
