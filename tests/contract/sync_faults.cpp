#include "tests/contract/sync_faults.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace {
int sync_or_fail(long call, int fd) {
  ++noroshi::store::test::syncs;
  if (noroshi::store::test::sync_fails && --noroshi::store::test::syncs_that_work < 0) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(call, fd));
}
}  // namespace

extern "C" int fsync(int fd) { return sync_or_fail(SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return sync_or_fail(SYS_fdatasync, fd); }
