#include "proto/wire/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace noroshi::wire {

namespace fs = std::filesystem;

Descriptor::~Descriptor() {
  if (fd >= 0) ::close(fd);
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      return errno;
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

bool read_all(int fd, std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

int sync_folder(const fs::path& folder) {
  const Descriptor dir(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return dir.fd >= 0 && ::fsync(dir.fd) == 0 ? 0 : errno;
}

int write_again(const fs::path& file) {
  const Descriptor both(::open(file.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (both.fd < 0) return errno == ENOENT ? 0 : errno;
  std::string piece(1 << 20, '\0');
  for (off_t at = 0;;) {
    const ssize_t n = ::pread(both.fd, piece.data(), piece.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) break;
    const ssize_t written = ::pwrite(both.fd, piece.data(), static_cast<std::size_t>(n), at);
    if (written < 0 && errno != EINTR) return errno;
    at += std::max<ssize_t>(written, 0);
  }
  if (::fsync(both.fd) != 0) return errno;
  return sync_folder(file.parent_path());
}

int put_file(const fs::path& file, std::string_view bytes) {
  const std::string half = (file.parent_path() / ("." + file.filename().string() + ".part")).string();
  {
    const Descriptor out(::open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (out.fd < 0) return errno;
    if (const int failed = write_all(out.fd, bytes)) return failed;
  }
  return ::rename(half.c_str(), file.c_str()) == 0 ? sync_folder(file.parent_path()) : errno;
}

int replace_file(const fs::path& link, std::string_view bytes) {
  std::error_code error;
  const fs::path file = fs::canonical(link, error);
  if (error) return error.value();
  // Renaming asks for no right to the file itself; one that its owner made read-only is meant to stay as it is.
  if (::access(file.c_str(), W_OK) != 0) return errno;
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return errno;
  std::string fresh = (file.parent_path() / ".noroshi-XXXXXX").string();
  const Descriptor out(::mkostemp(fresh.data(), O_CLOEXEC));  // 0600
  if (out.fd < 0) return errno;
  const auto settled = [&]() -> int {
    struct stat made {};
    if (::fstat(out.fd, &made) != 0) return errno;
    const bool ours = made.st_uid == info.st_uid && made.st_gid == info.st_gid;
    if (!ours && ::fchown(out.fd, info.st_uid, info.st_gid) != 0) return errno;
    if (::fchmod(out.fd, info.st_mode & 07777) != 0) return errno;
    if (const int failed = write_all(out.fd, bytes)) return failed;
    return ::rename(fresh.c_str(), file.c_str()) == 0 ? 0 : errno;
  };
  if (const int failed = settled()) {
    ::unlink(fresh.c_str());
    return failed;
  }
  return sync_folder(file.parent_path());
}

bool there(const fs::path& file) {
  std::error_code error;
  return fs::exists(fs::symlink_status(file, error));
}

int wipe_file(const fs::path& file) {
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (out.fd < 0) return errno == ENOENT ? 0 : errno;
  struct stat info {};
  if (::fstat(out.fd, &info) != 0) return errno;
  if (const int failed = write_all(out.fd, std::string(static_cast<std::size_t>(info.st_size), '\0'))) return failed;
  if (::unlink(file.c_str()) != 0) return errno;
  return sync_folder(file.parent_path());
}

}  // namespace noroshi::wire
