#include "subscriber/sink_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "proto/wire/files.h"

namespace noroshi::subscriber {

namespace {

// A line that a crash cut short must not swallow the next one; what it was comes again whole.
bool ends_in_a_line(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size <= 0 || (::pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

}  // namespace

std::string FileSink::take(const std::vector<Parcel>& parcels) {
  const auto trouble = [&](int error) { return path_.string() + ": " + std::strerror(error); };
  const wire::Descriptor file{::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600)};
  if (file.fd < 0) return trouble(errno);
  // Both lanes append to it, each at its own pace.
  if (::flock(file.fd, LOCK_EX) != 0) return trouble(errno);
  std::string lines = ends_in_a_line(file.fd) ? "" : "\n";
  for (const Parcel& each : parcels) lines.append(each.json).append("\n");
  if (const int error = wire::write_all(file.fd, lines)) return trouble(error);
  return {};
}

}  // namespace noroshi::subscriber
