#include "broker/runtime/admin_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "proto/types/words.h"
#include "proto/wire/files.h"

namespace noroshi::runtime {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReplyBytes = 64u << 20;  // a roster of 2,000 members has about one MiB

class Connection {
 public:
  Connection(const DataDirectory& data, std::chrono::milliseconds timeout)
      : name_(data.admin_socket().string()),
        socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
        until_(Clock::now() + timeout) {
    if (socket_.fd < 0) fail("no socket can be made");
  }

  // Whether anything listens.
  bool connect(const fs::path& root) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // A socket's path has at most 107 bytes; a long one is reached through its directory's descriptor.
    const wire::Descriptor dir(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const std::string path =
        name_.size() < sizeof address.sun_path ? name_ : "/proc/self/fd/" + std::to_string(dir.fd) + "/admin.sock";
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    // Before connect(): EAGAIN means that its queue of callers is full.
    while (::connect(socket_.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) return false;
      if (errno == EACCES || errno == EPERM)
        throw ConfigError(name_ + say({": 権限がありません。ブローカーを動かしている利用者で実行してください",
                                       ": permission denied; run this as the user that runs the broker"}));
      if (errno != EAGAIN && errno != EINTR) fail("cannot be connected to");
      if (Clock::now() >= until_) expired();
      ::poll(nullptr, 0, 10);
    }
    return true;
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(n));
      else if (errno == EAGAIN)
        wait(POLLOUT);
      else if (errno != EINTR)
        fail("the broker hung up before it had the request");
    }
  }

  std::string read(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n = ::recv(socket_.fd, bytes.data() + done, size - done, 0);
      if (n > 0)
        done += static_cast<std::size_t>(n);
      else if (n < 0 && errno == EAGAIN)
        wait(POLLIN);
      else if (n == 0 || errno != EINTR)
        throw AdminUnreachable(
            name_ + say({": ブローカーが応答せずに切断しました。まだ動いているか、そのログとともに確認してください",
                         ": the broker hung up without an answer; see whether it still runs, and its log"}));
    }
    return bytes;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw AdminUnreachable(name_ + ": " + what + ": " + std::strerror(errno) +
                           say({"。ブローカーが動いているか確認してください", "; see whether the broker runs"}));
  }
  [[noreturn]] void expired() const {
    throw AdminUnreachable(
        name_ + say({": ブローカーから時間内に応答がありません。そのログと、指示が実行されたかどうかを確認してください",
                     ": the broker did not answer in time; see its log, then look whether it was done"}));
  }

  void wait(short events) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - Clock::now()).count();
    pollfd each{socket_.fd, events, 0};
    if (left <= 0 || ::poll(&each, 1, static_cast<int>(left) + 1) == 0) expired();
  }

  std::string name_;
  wire::Descriptor socket_;
  Clock::time_point until_;
};

}  // namespace

std::optional<v1::AdminReply> ask_running(const DataDirectory& data, const v1::AdminRequest& request,
                                          std::chrono::milliseconds timeout) {
  Connection broker(data, timeout);
  if (!broker.connect(data.root)) return std::nullopt;
  const std::string body = request.SerializeAsString();
  std::string frame(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) frame[i] = static_cast<char>((body.size() >> (8 * (3 - i))) & 0xff);
  broker.write(frame + body);

  const std::string length = broker.read(4);
  std::size_t size = 0;
  for (const char c : length) size = size << 8 | static_cast<unsigned char>(c);
  v1::AdminReply reply;
  if (size > kReplyBytes || !reply.ParseFromString(broker.read(size)))
    throw AdminUnreachable(data.admin_socket().string() + ": the answer is no answer of a broker of this version; " +
                           "use the same version of noroshi-broker for both");
  return reply;
}

}  // namespace noroshi::runtime
