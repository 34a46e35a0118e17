// The model itself: what it may lose, and what not. If it lost nothing, every store would look safe.
#include "tests/crash/disk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>
#include <set>

#include "tests/crash/recorder.h"
#include "tests/support/catch.h"

using namespace noroshi::crash;
namespace fs = std::filesystem;

namespace {

// All that a power cut may leave of a file, in a thousand of them; "-" stands for no file.
std::set<std::string> left_of(const Disk& disk, const std::string& path) {
  std::set<std::string> out;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Chance chance(seed);
    const Image image = disk.after_crash(disk.changes(), chance);
    const auto found = image.files.find(path);
    out.insert(found == image.files.end() ? "-" : found->second);
  }
  return out;
}

Disk with(const std::string& name, const std::string& bytes) {
  Image image;
  image.files[name] = bytes;
  return Disk(image);
}

using Contents = std::set<std::string>;

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "noroshi-disk-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

}  // namespace

TEST_CASE("what is not synced may be lost, what is may not") {
  Disk disk = with("a", "old");
  disk.write(*disk.find("a"), 0, "new");
  const Contents either = left_of(disk, "a");
  CHECK(either.contains("old"));
  CHECK(either.contains("new"));
  disk.sync(*disk.find("a"));
  CHECK(left_of(disk, "a") == Contents{"new"});
}

TEST_CASE("writes get lost one by one, out of order, and sector by sector") {
  Disk disk = with("a", std::string(1024, 'o'));
  disk.write(*disk.find("a"), 0, std::string(1024, '1'));
  const Contents torn = left_of(disk, "a");
  CHECK(torn.contains(std::string(512, 'o') + std::string(512, '1')));
  CHECK(torn.contains(std::string(512, '1') + std::string(512, 'o')));
  disk.write(*disk.find("a"), 0, std::string(1024, '2'));
  const Contents both = left_of(disk, "a");
  CHECK(both.contains(std::string(1024, '2')));
  CHECK(both.contains(std::string(512, '1') + std::string(512, '2')));
}

TEST_CASE("a file may be longer than what was written of it") {
  Disk disk = with("a", "");
  disk.write(*disk.find("a"), 0, "new");
  CHECK(left_of(disk, "a").contains(std::string(3, '\0')));
}

TEST_CASE("what a sync failed for, no later one makes durable") {
  Disk disk = with("a", "old");
  disk.write(*disk.find("a"), 0, "new");
  disk.sync_failed(*disk.find("a"));
  disk.sync(*disk.find("a"));
  CHECK(left_of(disk, "a").contains("old"));
  disk.write(*disk.find("a"), 0, "new");
  disk.sync(*disk.find("a"));
  CHECK(left_of(disk, "a") == Contents{"new"});
}

TEST_CASE("a name is durable once its folder is synced, not with the file") {
  Disk disk{Image()};
  const Disk::Node file = disk.create("a", false);
  disk.write(file, 0, "new");
  disk.sync(file);
  CHECK(left_of(disk, "a") == Contents{"-", "new"});
  disk.sync(Disk::kRoot);
  CHECK(left_of(disk, "a") == Contents{"new"});
  disk.unlink("a");
  CHECK(left_of(disk, "a") == Contents{"-", "new"});
}

TEST_CASE("a rename leaves the old file or the new one; its bytes are another matter") {
  Disk disk = with("a", "old");
  const Disk::Node draft = disk.create("draft", false);
  disk.write(draft, 0, "new");
  disk.rename("draft", "a");
  disk.sync(Disk::kRoot);
  CHECK(left_of(disk, "a").contains(""));
  CHECK_FALSE(left_of(disk, "a").contains("old"));
}

TEST_CASE("what is moved between folders may be in both, never in none") {
  Image image;
  image.folders.insert("to");
  image.files["a"] = "text";
  Disk disk(image);
  disk.rename("a", "to/a");
  bool old_one = false, new_one = false, both = false;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Chance chance(seed);
    const Image left = disk.after_crash(disk.changes(), chance);
    const bool here = left.files.contains("a"), there = left.files.contains("to/a");
    REQUIRE((here || there));
    CHECK(left.halved_rename == (here && there));
    old_one |= here && !there;
    new_one |= there && !here;
    both |= here && there;
  }
  CHECK((old_one && new_one && both));
}

TEST_CASE("the recorder sees what a program does, fails it and kills it") {
  const Folder folder;
  Recorder recorder(folder.path);
  const fs::path file = folder.path / "a";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  CHECK(::write(fd, "text", 4) == 4);
  CHECK(::pwrite(fd, "T", 1, 0) == 1);
  CHECK(recorder.disk().cached() == Image::of(folder.path));
  CHECK(recorder.disk().cached().files.at("a") == "Text");

  recorder.fail(1, Fault::eio);
  CHECK(::write(fd, "+", 1) == 1);
  CHECK(::fsync(fd) == -1);
  CHECK(errno == EIO);
  CHECK(recorder.failed());
  CHECK(::fsync(fd) == 0);
  recorder.fail(0, Fault::short_write);
  CHECK(::write(fd, "1234", 4) == 2);

  recorder.kill_after(1);
  CHECK(::rename(file.c_str(), (folder.path / "b").c_str()) == 0);
  CHECK(recorder.dead());
  CHECK(::write(fd, "lost", 4) == -1);
  CHECK(::unlink((folder.path / "b").c_str()) == -1);
  recorder.revive();
  CHECK(recorder.disk().cached() == Image::of(folder.path));
  CHECK(recorder.disk().cached().files.at("b") == "Text+12");
  ::close(fd);
}
