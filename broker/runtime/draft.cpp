#include "broker/runtime/draft.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <string>

#include "broker/runtime/data_directory.h"
#include "broker/runtime/files.h"
#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::runtime {
namespace {

constexpr const char* kLog = "log.sqlite";  // the first that is written, and the last that is removed

// Nothing is in it but what a backup consists of.
bool is_ours(const fs::path& folder) {
  static const std::set<std::string> kNames = {kLog,          "log.sqlite-journal", "log.sqlite-wal", "log.sqlite-shm",
                                               "checkpoint",  "verifier-key",       "keys",           "broker.toml",
                                               "matrix.toml", "sectors.toml"};
  if (fs::is_empty(folder)) return true;
  const auto known = [](const fs::directory_entry& each) { return kNames.contains(each.path().filename().string()); };
  return fs::exists(folder / kLog) && std::all_of(fs::directory_iterator(folder), {}, known);
}

void make_empty(const fs::path& folder) {
  std::error_code ignored;
  std::set<fs::path> names;
  for (const auto& each : fs::directory_iterator(folder, ignored)) names.insert(each.path());
  names.erase(folder / kLog);
  for (const fs::path& each : names) fs::remove_all(each, ignored);
  fs::remove(folder / kLog, ignored);
}

}  // namespace

// On whatever folder has this name.
class Draft::Lock {
 public:
  explicit Lock(const fs::path& folder)
      : file_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) {
    well(folder, file_.fd >= 0);
    struct stat held {
    }, named{};
    const bool taken = ::flock(file_.fd, LOCK_EX | LOCK_NB) == 0;
    if (!taken && errno != EWOULDBLOCK) well(folder, false);
    // Or it was removed, or has become the backup, just before it was locked.
    const bool same = ::fstat(file_.fd, &held) == 0 && ::lstat(folder.c_str(), &named) == 0 &&
                      held.st_ino == named.st_ino && held.st_dev == named.st_dev;
    if (!taken || !same)
      fail(folder, say({"別のバックアップが作業中です", "another backup is at work on it"}),
           say({"終わるのを待つか、別の名前にしてください", "wait for it to end, or choose another name"}));
  }

 private:
  const wire::Descriptor file_;
};

Draft::Draft(fs::path folder) : folder_(std::move(folder)) {
  struct stat info {};
  well(folder_, ::mkdir(folder_.c_str(), 0700) == 0 || errno == EEXIST);
  const auto refuse = [&] {
    fail(folder_, say({"途中のバックアップではないものがあります", "is there, and is no unfinished backup"}),
         say({"移動するか、バックアップを別の名前にしてください",
              "move it away, or choose another name for the backup"}));
  };
  if (::lstat(folder_.c_str(), &info) == 0 && !S_ISDIR(info.st_mode)) refuse();
  auto lock = std::make_unique<Lock>(folder_);
  if (!is_ours(folder_)) refuse();
  make_empty(folder_);
  well(folder_, ::chmod(folder_.c_str(), 0700) == 0);
  lock_ = std::move(lock);
}

Draft::~Draft() {
  if (!lock_) return;
  make_empty(folder_);
  ::rmdir(folder_.c_str());
}

void Draft::put_in_place(const fs::path& place, Place what) {
  if (what == Place::has_earlier) earlier_ = std::make_unique<Lock>(place);  // until it is gone
  const unsigned how = earlier_ ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  well(place, ::renameat2(AT_FDCWD, folder_.c_str(), AT_FDCWD, place.c_str(), how) == 0);
  if (!earlier_) lock_.reset();  // nothing of ours has that name any more
  sync_folder(place.parent_path());
}

}  // namespace noroshi::runtime
