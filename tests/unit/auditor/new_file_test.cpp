// Where a new file goes when its name is taken.
#include "auditor/new_file.h"

#include <sys/stat.h>

#include <iterator>

#include "proto/cli/cli.h"
#include "tests/support/catch.h"
#include "tests/unit/auditor/folder.h"

namespace noroshi::auditor {

namespace fs = std::filesystem;
using test::Folder;

TEST_CASE("a link stays a link, and the file that it leads to is replaced") {
  const Folder folder;
  write_file(folder / "target", "old");
  fs::create_symlink("target", folder / "link");
  write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(test::content(folder / "target") == "new");
}

TEST_CASE("what is no regular file is not replaced") {
  const Folder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  fs::create_directory(folder / "folder");
  fs::create_symlink("pipe", folder / "link");
  fs::create_symlink("nowhere", folder / "dangling");
  for (const char* name : {"pipe", "folder", "link", "dangling"}) {
    INFO(name);
    const auto before = fs::symlink_status(folder / name).type();
    try {
      write_file(folder / name, "new");
      FAIL("it was replaced");
    } catch (const cli::Failure& refused) {
      CHECK(refused.code == cli::kUsage);
      CHECK_THAT(refused.what(), Catch::Matchers::Contains(name) && Catch::Matchers::Contains("no regular file"));
    }
    CHECK(fs::symlink_status(folder / name).type() == before);
  }
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 4);
}

}  // namespace noroshi::auditor
