#include "proto/cli/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

#include "proto/types/words.h"

namespace noroshi::cli {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kLookMs = 100;  // at whether the daemon stops

struct Descriptor {
  int fd = -1;
  explicit Descriptor(int f) : fd(f) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

// A program that was started: it and all that it starts are ended with us, and it is always waited for.
class Child {
 public:
  explicit Child(int pid) : pid_(pid), handle_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    exit_status();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int handle() const { return handle_.fd; }  // readable once it has ended
  int exit_status() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  int pid_;
  Descriptor handle_;
};

// Writes what fits; true once everything is written or nobody reads it any more.
bool feed(int fd, std::string_view& rest) {
  while (!rest.empty()) {
    const ssize_t n = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno != EAGAIN;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string outcome(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status)) return say({"終了コード ", "exit code "}) + std::to_string(WEXITSTATUS(status));
  return say({"シグナルで終了: ", "ended by signal "}) + std::to_string(WTERMSIG(status));
}

// Its standard input is `input`. Returns what is wrong.
std::string start(std::vector<std::string> command, int input, int& pid) {
  std::vector<char*> arguments;
  for (std::string& each : command) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);  // our own output is for reports alone
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t ordinary;
  sigemptyset(&ordinary);
  posix_spawnattr_setsigmask(&attributes, &ordinary);
  sigaddset(&ordinary, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &ordinary);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int error = posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return {};
  return command[0] + say({": 起動できません: ", ": cannot be started: "}) + std::strerror(error);
}

}  // namespace

std::string run_program(const std::vector<std::string>& command, std::string_view input, int timeout_seconds,
                        const std::atomic<bool>& stop) {
  std::array<int, 2> ends{};
  // A socket, since a write to it can be told not to wait.
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::strerror(errno);
  Descriptor ours(ends[0]), theirs(ends[1]);
  int pid = 0;
  if (std::string trouble = start(command, theirs.fd, pid); !trouble.empty()) return trouble;
  Child child(pid);
  theirs.close();

  std::string_view rest = input;
  const auto end = Clock::now() + std::chrono::seconds(timeout_seconds);
  while (!stop) {
    if (ours.fd >= 0 && feed(ours.fd, rest)) ours.close();  // the end of its input
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0)
      return say({"時間内に終わりません (秒): ", "does not end within seconds: "}) + std::to_string(timeout_seconds);
    std::array<pollfd, 2> watched{{{child.handle(), POLLIN, 0}, {ours.fd, POLLOUT, 0}}};
    ::poll(watched.data(), watched.size(), static_cast<int>(std::min<std::int64_t>(left, kLookMs)));
    if (watched[0].revents != 0) return outcome(child.exit_status());
  }
  return say({"停止中", "stopping"});
}

}  // namespace noroshi::cli
