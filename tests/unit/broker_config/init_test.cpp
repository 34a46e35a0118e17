// init: what it makes, with which modes, and what it refuses.
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <string>

#include "broker/runtime/sample_files.h"
#include "broker/store/sqlite_log.h"
#include "tests/support/catch.h"
#include "tests/unit/broker_config/temp_folder.h"

namespace {

using namespace noroshi;
using namespace noroshi::test;
using runtime::ConfigError;
namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

TEST_CASE("init makes everything for its owner alone, whatever the umask") {
  const TempFolder folder;
  const auto before = ::umask(0);
  const auto data = make_data(folder.path() / "data", sample_config());
  CHECK(::umask(before) == 0);  // and leaves the caller's as it was

  CHECK(mode_of(data.root) == 0700);
  std::set<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(data.root)) {
    INFO(entry.path());
    CHECK(mode_of(entry.path()) == (entry.is_directory() ? 0700u : 0600u));
    found.insert(fs::relative(entry.path(), data.root).string());
  }
  for (const char* name : {"broker.toml", "matrix.toml", "sectors.toml", "log.sqlite", "keys", "keys/transport.key",
                           "keys/log.key", "keys/registrar.key", "keys/registrar.pub"})
    CHECK(found.contains(name));
}

TEST_CASE("what init made loads, and its parts belong together") {
  const TempFolder folder;
  const auto data = make_data(folder.path() / "data", sample_config());
  const runtime::Config config = runtime::load_config(data.config());
  CHECK(config.origin == "noroshi.example.jp");
  CHECK(config.port == 7701);
  CHECK(runtime::load_registrar(data.registrar_key()).public_key == runtime::load_registrar_public(data));
  CHECK(runtime::load_keys(data).log.public_key != runtime::load_registrar_public(data));
  CHECK(contents(data.matrix()) == contents(NOROSHI_SOURCE_DIR "/schemas/matrix.toml"));
  CHECK(store::open_sqlite_reader(data.log())->head() == Seq{});
  const std::set<std::string> sectors{"information-communications",
                                      "finance",
                                      "aviation",
                                      "railways",
                                      "electricity",
                                      "gas",
                                      "government",
                                      "medical",
                                      "water",
                                      "logistics",
                                      "chemicals",
                                      "credit",
                                      "petroleum",
                                      "airports",
                                      "ports"};
  CHECK(runtime::load_sectors(data.sectors()) == sectors);
}

TEST_CASE("init takes an empty directory and makes it private") {
  const TempFolder folder;
  const fs::path root = folder.path() / "data";
  REQUIRE(fs::create_directory(root));
  REQUIRE(::chmod(root.c_str(), 0755) == 0);
  make_data(root, sample_config());
  CHECK(mode_of(root) == 0700);
}

TEST_CASE("init refuses a directory that is in use and leaves it as it was") {
  const TempFolder folder;
  const auto data = make_data(folder.path() / "data", sample_config());
  const std::string key = contents(data.log_key());
  CHECK_THROWS_AS(make_data(data.root, sample_config()), ConfigError);
  CHECK(contents(data.log_key()) == key);

  const fs::path used = folder.path() / "used";
  REQUIRE(fs::create_directory(used));
  folder.write("used/letter", "dear");
  CHECK_THROWS_AS(make_data(used, sample_config()), ConfigError);
  CHECK(contents(used / "letter") == "dear");
  CHECK(std::distance(fs::directory_iterator(used), {}) == 1);

  CHECK_THROWS_AS(make_data(folder.write("file", "x"), sample_config()), ConfigError);
  CHECK_THROWS_AS(make_data(folder.path() / "no" / "parent", sample_config()), ConfigError);
}

TEST_CASE("init makes nothing from values or a matrix that would not load") {
  const TempFolder folder;
  const fs::path root = folder.path() / "data";
  for (const int port : {0, -1, 65457, 70000}) {
    auto config = sample_config();
    config.port = port;
    CHECK_THROWS_AS(make_data(root, config), ConfigError);
  }
  for (const char* origin : {"", "two words", "a+b", "引用", "quo\"te"}) {
    auto config = sample_config();
    config.origin = origin;
    CHECK_THROWS_AS(make_data(root, config), ConfigError);
  }
  auto config = sample_config();
  config.host = "localhost";
  CHECK_THROWS_AS(make_data(root, config), ConfigError);
  CHECK_THROWS_AS(runtime::init_data_directory({root}, sample_config(), folder.path() / "none.toml"), ConfigError);
  CHECK_THROWS_AS(runtime::init_data_directory({root}, sample_config(), folder.write("m.toml", "version = 1\n")),
                  ConfigError);
  CHECK_FALSE(fs::exists(root));
}

}  // namespace
