// Preloaded into a program that is tested: its wall clock and its disk do what a file says, from one moment to the next
// (faults.py). NOROSHI_FAULTS names the file: four numbers of eight bytes each. The first: so many microseconds is its wall
// clock ahead of the machine's. The second: not 0 is a full disk: nothing more is written into regular files, and the first
// write that it meets is done by half. The third: not 0 is the how manieth change of a name, or fsync, it is killed before. The
// fourth: not 0 is another disk below folders of the name mirror, on which a sync does not come to its end.
#undef _FORTIFY_SOURCE  // no fortified wrappers: this file defines what they wrap
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr long kMicros = 1'000'000;
constexpr long kNanos = 1'000'000'000;

struct Faults {
  std::atomic<std::int64_t> ahead_us;
  std::atomic<std::int64_t> disk_full;
  std::atomic<std::int64_t> killed_at;
  std::atomic<std::int64_t> mirror_held;
};
Faults none{};
Faults* faults = &none;
std::atomic<bool> halved{false};
std::atomic<std::int64_t> steps{0};

// Without them a test would pass that tests nothing.
[[gnu::constructor]] void begin() {
  const char* path = std::getenv("NOROSHI_FAULTS");
  const int file = path ? ::open(path, O_RDONLY | O_CLOEXEC) : -1;
  void* mapped = ::mmap(nullptr, sizeof(Faults), PROT_READ, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) ::abort();
  ::close(file);
  faults = static_cast<Faults*>(mapped);
}

bool is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

enum class Disk { takes, takes_half, full };
Disk disk(int fd) {
  if (faults->disk_full == 0) {
    halved = false;
    return Disk::takes;
  }
  struct stat about {};
  if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return Disk::takes;
  return halved.exchange(true) ? Disk::full : Disk::takes_half;
}

int no_space() {
  errno = ENOSPC;
  return -1;
}

// What a write of `size` bytes may write; 0: nothing.
std::size_t room(int fd, std::size_t size) {
  const Disk state = disk(fd);
  return state == Disk::takes ? size : state == Disk::takes_half ? size / 2 : 0;
}

// Before each step that a crash may come between: what follows is as if it had never been asked for.
void step() {
  if (++steps == faults->killed_at) ::kill(::getpid(), SIGKILL);
}

void wait_for_mirror(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  char path[4096] = {};
  if (::readlink(link.c_str(), path, sizeof path - 1) < 0 || !std::strstr(path, "/mirror/")) return;
  const struct timespec moment { 0, kNanos / 1000 };
  while (faults->mirror_held != 0) ::nanosleep(&moment, nullptr);
}

}  // namespace

extern "C" {

int fsync(int fd) { return step(), static_cast<int>(::syscall(SYS_fsync, fd)); }
int fdatasync(int fd) { return step(), wait_for_mirror(fd), static_cast<int>(::syscall(SYS_fdatasync, fd)); }
int rename(const char* from, const char* to) { return step(), static_cast<int>(::syscall(SYS_rename, from, to)); }
int link(const char* from, const char* to) { return step(), static_cast<int>(::syscall(SYS_link, from, to)); }
int unlink(const char* file) { return step(), static_cast<int>(::syscall(SYS_unlink, file)); }
int mkdir(const char* folder, mode_t mode) { return step(), static_cast<int>(::syscall(SYS_mkdir, folder, mode)); }
int rmdir(const char* folder) { return step(), static_cast<int>(::syscall(SYS_rmdir, folder)); }
int renameat2(int at, const char* from, int to_at, const char* to, unsigned flags) {
  return step(), static_cast<int>(::syscall(SYS_renameat2, at, from, to_at, to, flags));
}

int clock_gettime(clockid_t clock, struct timespec* out) {
  const int result = static_cast<int>(::syscall(SYS_clock_gettime, clock, out));
  if (result != 0 || !is_wall(clock)) return result;
  const std::int64_t ahead = faults->ahead_us;
  out->tv_sec += ahead / kMicros;
  out->tv_nsec += ahead % kMicros * (kNanos / kMicros);
  if (out->tv_nsec < 0) out->tv_sec -= 1, out->tv_nsec += kNanos;
  if (out->tv_nsec >= kNanos) out->tv_sec += 1, out->tv_nsec -= kNanos;
  return 0;
}

int gettimeofday(struct timeval* out, void*) {
  struct timespec now {};
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / (kNanos / kMicros);
  return 0;
}

time_t time(time_t* out) {
  struct timespec now {};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

ssize_t write(int fd, const void* data, size_t size) {
  const std::size_t most = room(fd, size);
  return most == 0 && size > 0 ? no_space() : ::syscall(SYS_write, fd, data, most);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  const std::size_t most = room(fd, size);
  return most == 0 && size > 0 ? no_space() : ::syscall(SYS_pwrite64, fd, data, most, at);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

ssize_t writev(int fd, const struct iovec* parts, int count) {
  return disk(fd) == Disk::takes ? ::syscall(SYS_writev, fd, parts, count) : no_space();
}

int fallocate64(int fd, int mode, off64_t at, off64_t size) {
  return disk(fd) == Disk::takes ? static_cast<int>(::syscall(SYS_fallocate, fd, mode, at, size)) : no_space();
}

int fallocate(int fd, int mode, off_t at, off_t size) { return fallocate64(fd, mode, at, size); }

int posix_fallocate64(int fd, off64_t at, off64_t size) { return fallocate64(fd, 0, at, size) == 0 ? 0 : errno; }

int posix_fallocate(int fd, off_t at, off_t size) { return posix_fallocate64(fd, at, size); }

}  // extern "C"
