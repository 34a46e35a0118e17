// No fortified wrappers here: this file defines what they wrap.
#undef _FORTIFY_SOURCE
#include "tests/crash/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace noroshi::crash {

namespace {

Recorder* recorder = nullptr;
std::map<int, Disk::Node> opened;  // descriptors below the folder

// Its path below the recorded folder; nullopt: it is elsewhere, or memory.
std::optional<std::string> below(const char* path) {
  if (!recorder || is_memory(path)) return std::nullopt;
  const std::string& folder = recorder->folder().native();
  const std::string_view whole(path);
  if (!whole.starts_with(folder) || (whole.size() > folder.size() && whole[folder.size()] != '/')) return std::nullopt;
  return std::filesystem::path(whole.substr(std::min(whole.size(), folder.size() + 1))).lexically_normal().string();
}

std::optional<Disk::Node> recorded(int fd) {
  if (!recorder) return std::nullopt;
  const auto found = opened.find(fd);
  return found != opened.end() ? std::optional(found->second) : std::nullopt;
}

// What the call answers in place of the kernel; nullopt: it goes on.
std::optional<int> refused(Recorder::Call call) {
  switch (recorder->next(call)) {
    case Fault::eio: return EIO;
    case Fault::enospc: return ENOSPC;
    case Fault::eintr: return EINTR;
    default: return std::nullopt;
  }
}

int fail_with(int error) {
  errno = error;
  return -1;
}

int open_at(const char* path, int flags, mode_t mode) {
  const auto inside = below(path);
  const auto there = inside ? recorder->disk().find(*inside) : std::nullopt;
  const bool changes = inside && (flags & O_ACCMODE) != O_RDONLY && (!there || (flags & O_TRUNC) != 0);
  if (changes)
    if (const auto error = refused(Recorder::Call::other)) return fail_with(*error);
  const int fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
  if (fd < 0 || !inside || (flags & O_PATH) != 0) return fd;
  Disk& disk = recorder->disk();
  const Disk::Node node = disk.create(*inside, false);
  if (changes && disk.length(node) > 0) disk.truncate(node, 0);
  opened[fd] = node;
  return fd;
}

ssize_t write_at(int fd, const void* data, std::size_t size, std::optional<off64_t> at) {
  const auto node = recorded(fd);
  std::size_t most = size;
  if (node) {
    const Fault fault = recorder->next(Recorder::Call::write);
    if (fault == Fault::short_write)
      most = std::max<std::size_t>(1, size / 2);
    else if (fault != Fault::none)
      return fail_with(fault == Fault::enospc ? ENOSPC : fault == Fault::eintr ? EINTR : EIO);
  }
  const off64_t from = at ? *at : ::lseek64(fd, 0, SEEK_CUR);
  const ssize_t n = at ? ::syscall(SYS_pwrite64, fd, data, most, *at) : ::syscall(SYS_write, fd, data, most);
  if (node && n > 0)
    recorder->disk().write(*node, static_cast<std::uint64_t>(from),
                           {static_cast<const char*>(data), static_cast<std::size_t>(n)});
  return n;
}

int sync(int fd) {
  const auto node = recorded(fd);
  if (!node) return static_cast<int>(::syscall(SYS_fsync, fd));
  struct stat info {};
  const bool folder = ::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
  const bool dead = recorder->dead();
  if (const auto error = refused(Recorder::Call::sync)) {
    if (!folder && !dead && *error != EINTR) recorder->disk().sync_failed(*node);
    return fail_with(*error);
  }
  if (recorder->unsynced() != (folder ? Unsynced::folders : Unsynced::files)) recorder->disk().sync(*node);
  return 0;
}

ssize_t read_from(int fd, void* into, std::size_t size, std::optional<off64_t> at) {
  if (recorded(fd))
    if (const auto error = refused(Recorder::Call::read)) return fail_with(*error);
  return at ? ::syscall(SYS_pread64, fd, into, size, *at) : ::syscall(SYS_read, fd, into, size);
}

int truncate_to(int fd, off64_t length) {
  const auto node = recorded(fd);
  if (node)
    if (const auto error = refused(Recorder::Call::other)) return fail_with(*error);
  const int code = static_cast<int>(::syscall(SYS_ftruncate, fd, length));
  if (node && code == 0) recorder->disk().truncate(*node, static_cast<std::uint64_t>(length));
  return code;
}

}  // namespace

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::eio: return "EIO";
    case Fault::enospc: return "ENOSPC";
    case Fault::eintr: return "EINTR";
    case Fault::short_write: return "short write";
    default: return "none";
  }
}

Recorder::Recorder(const std::filesystem::path& folder, Unsynced unsynced)
    : folder_(folder), disk_(Image::of(folder)), unsynced_(unsynced) {
  if (recorder) throw std::logic_error("one recorder at a time");
  recorder = this;
}

Recorder::~Recorder() {
  recorder = nullptr;
  opened.clear();
}

void Recorder::fail(std::size_t nth, Fault fault) {
  calls_left_ = nth;
  fault_ = fault;
  failed_ = false;
}

Fault Recorder::next(Call call) {
  if (dead()) return call == Call::read ? Fault::none : Fault::eio;
  if (fault_ == Fault::none || calls_left_-- > 0) return Fault::none;
  const Fault now = std::exchange(fault_, Fault::none);
  failed_ = true;
  // What cannot happen to a call does not.
  const bool fits = now == Fault::eio || (now == Fault::eintr && call != Call::other) ||
                    (now == Fault::enospc && call != Call::read) || (now == Fault::short_write && call == Call::write);
  return fits ? now : Fault::none;
}

}  // namespace noroshi::crash

using namespace noroshi::crash;

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's own are reserved
extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_at(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_at(path, flags, mode);
}
int close(int fd) {
  if (recorder) opened.erase(fd);
  return static_cast<int>(::syscall(SYS_close, fd));
}

ssize_t write(int fd, const void* data, std::size_t size) { return write_at(fd, data, size, std::nullopt); }
ssize_t pwrite(int fd, const void* data, std::size_t size, off_t at) { return write_at(fd, data, size, at); }
ssize_t pwrite64(int fd, const void* data, std::size_t size, off64_t at) { return write_at(fd, data, size, at); }
ssize_t read(int fd, void* into, std::size_t size) { return read_from(fd, into, size, std::nullopt); }
ssize_t pread(int fd, void* into, std::size_t size, off_t at) { return read_from(fd, into, size, at); }
ssize_t pread64(int fd, void* into, std::size_t size, off64_t at) { return read_from(fd, into, size, at); }
int fsync(int fd) { return sync(fd); }
int fdatasync(int fd) { return sync(fd); }
int ftruncate(int fd, off_t length) noexcept { return truncate_to(fd, length); }
int ftruncate64(int fd, off64_t length) noexcept { return truncate_to(fd, length); }

int mkdir(const char* path, mode_t mode) noexcept {
  const auto inside = below(path);
  if (inside && !recorder->disk().find(*inside))
    if (const auto error = refused(Recorder::Call::other)) return fail_with(*error);
  const int code = static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
  if (code == 0 && inside) recorder->disk().create(*inside, true);
  return code;
}

int unlink(const char* path) noexcept {
  const auto inside = below(path);
  if (inside && recorder->disk().find(*inside))
    if (const auto error = refused(Recorder::Call::other)) return fail_with(*error);
  const int code = static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
  if (code == 0 && inside) recorder->disk().unlink(*inside);
  return code;
}

int rename(const char* from, const char* to) noexcept {
  const auto source = below(from), target = below(to);
  if (source && target && recorder->disk().find(*source))
    if (const auto error = refused(Recorder::Call::other)) return fail_with(*error);
  const int code = static_cast<int>(::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
  if (code == 0 && source && target) recorder->disk().rename(*source, *target);
  return code;
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
