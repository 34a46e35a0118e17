#include "broker/runtime/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/runtime/data_directory.h"
#include "proto/types/words.h"

namespace noroshi::runtime {

std::optional<DirectoryLock> DirectoryLock::open(const fs::path& file, int flags) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
  if (fd < 0 && (flags & O_EXCL) != 0 && errno == EEXIST) return std::nullopt;
  if (fd < 0)
    throw ConfigError(file.string() + say({": 開けません: ", ": cannot be opened: "}) + std::strerror(errno) +
                      say({"。init が作ったディレクトリか、所有者は誰かを確認してください",
                           "; check that the directory is one that init made, and who owns it"}));
  DirectoryLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return std::nullopt;
  throw ConfigError(
      file.string() + say({": ロックできません: ", ": cannot be locked: "}) + std::strerror(errno) +
      say({"。ローカルのファイルシステムに置いてください", "; put the directory on a local file system"}));
}

std::optional<DirectoryLock> DirectoryLock::try_lock(const fs::path& file) { return open(file, 0); }
std::optional<DirectoryLock> DirectoryLock::create(const fs::path& file) { return open(file, O_EXCL); }

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace noroshi::runtime
