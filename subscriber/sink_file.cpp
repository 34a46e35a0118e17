#include "subscriber/sink_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "proto/cli/cli.h"
#include "proto/wire/files.h"

namespace noroshi::subscriber {

namespace {

constexpr std::chrono::seconds kPatience{2};  // then it is said, and tried again later
constexpr std::chrono::milliseconds kTurn{20};

// A line that a crash cut short must not swallow the next one; what it was comes again whole.
bool ends_in_a_line(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size <= 0 || (::pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

}  // namespace

// Both lanes append to it, each at its own pace; whoever else has it for longer must not keep the daemon from stopping.
std::string FileSink::lock(int fd) const {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return std::strerror(errno);
    if (stop_) return say({"停止中", "stopping"});
    if (std::chrono::steady_clock::now() >= end)
      return say({"別のプログラムがロックしています", "another program has locked it"});
    std::this_thread::sleep_for(kTurn);
  }
  return {};
}

std::string FileSink::take(const std::vector<Parcel>& parcels) {
  const auto troubled = [&](const std::string& why) { return path_.string() + ": " + why; };
  const auto trouble = [&](int error) { return troubled(std::strerror(error)); };
  const wire::Descriptor file{::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600)};
  if (file.fd < 0) return trouble(errno);
  if (const std::string why = lock(file.fd); !why.empty()) return troubled(why);
  std::string lines = ends_in_a_line(file.fd) ? "" : "\n";
  for (const Parcel& each : parcels) lines.append(each.json).append("\n");
  if (const int error = wire::write_all(file.fd, lines)) return trouble(error);
  return {};
}

}  // namespace noroshi::subscriber
