#include "tests/contract/sync_faults.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

namespace {
bool is_segment(int fd) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  return size > 0 && std::string_view(path.data(), static_cast<std::size_t>(size)).ends_with(".mirror");
}

int sync_or_fail(long call, int fd) {
  ++noroshi::store::test::syncs;
  if (is_segment(fd)) {
    ++noroshi::store::test::mirror_syncs;
    if (noroshi::store::test::mirror_sync_fails) {
      errno = EIO;
      return -1;
    }
  }
  if (noroshi::store::test::sync_fails && --noroshi::store::test::syncs_that_work < 0) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(call, fd));
}
}  // namespace

extern "C" int fsync(int fd) { return sync_or_fail(SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return sync_or_fail(SYS_fdatasync, fd); }
