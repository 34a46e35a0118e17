#include "subscriber/sink_syslog.h"

#include <linux/sockios.h>
#include <netdb.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

namespace noroshi::subscriber {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kLookMs = 100;             // at whether the daemon stops
constexpr int kAcknowledgedMs = 5;       // at whether the other machine has acknowledged
constexpr std::size_t kDatagram = 2048;  // RFC 5426: what every collector should take
constexpr std::size_t kMessage = 8192;   // what collectors take unless told otherwise

// What failed, for people; ends the attempt.
struct Trouble {
  std::string words;
};

[[noreturn]] void fail(int error) { throw Trouble{std::strerror(error)}; }

}  // namespace

// One message on its way: everything that may take time, with an end to it.
class SyslogSink::Attempt {
 public:
  explicit Attempt(SyslogSink& sink) : sink_(sink), end_(Clock::now() + std::chrono::seconds(sink.timeout_seconds_)) {}

  void connect() {
    if (sink_.to_.scheme == "unix") return connect_here();
    addrinfo hints{};
    hints.ai_socktype = stream() ? SOCK_STREAM : SOCK_DGRAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(sink_.to_.host.c_str(), std::to_string(sink_.to_.port).c_str(), &hints, &found);
    if (code != 0) throw Trouble{::gai_strerror(code)};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, ::freeaddrinfo);
    int error = 0;
    for (const addrinfo* each = found; each; each = each->ai_next)
      if ((error = connect(each->ai_family, each->ai_socktype, each->ai_addr, each->ai_addrlen)) == 0) return;
    fail(error);
  }

  void send(std::string_view rest) {
    while (!rest.empty()) {
      const ssize_t n = ::send(fd(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n >= 0)
        rest.remove_prefix(static_cast<std::size_t>(n));
      else if (errno == EAGAIN)
        wait(POLLOUT, kLookMs);
      else if (errno != EINTR)
        fail(errno);
    }
  }

  // Until nothing is on its way any more, with the connection still there: what the other end closed it may not have read.
  void acknowledged() {
    for (int on_its_way = 1; on_its_way > 0;) {
      if (closed()) throw Trouble{say({"相手が接続を閉じました", "the other end closed the connection"})};
      if (::ioctl(fd(), SIOCOUTQ, &on_its_way) != 0) fail(errno);
      if (on_its_way > 0) wait(0, kAcknowledgedMs);
    }
    if (closed()) throw Trouble{say({"相手が接続を閉じました", "the other end closed the connection"})};
  }

  // Whatever it says is read away: it has nothing to say.
  bool closed() const {
    std::array<char, 256> drop{};
    while (true) {
      const ssize_t n = ::recv(fd(), drop.data(), drop.size(), MSG_DONTWAIT);
      if (n > 0 || (n < 0 && errno == EINTR)) continue;
      return n == 0 || errno != EAGAIN;
    }
  }

  bool stream() const { return sink_.to_.scheme == "tcp"; }

 private:
  int fd() const { return sink_.socket_->fd; }

  void connect_here() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (sink_.to_.target.size() >= sizeof address.sun_path) fail(ENAMETOOLONG);
    sink_.to_.target.copy(address.sun_path, sizeof address.sun_path - 1);
    if (const int error = connect(AF_UNIX, SOCK_DGRAM, reinterpret_cast<sockaddr*>(&address), sizeof address))
      fail(error);
  }

  int connect(int family, int type, const sockaddr* address, socklen_t length) {
    sink_.socket_.emplace(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd() < 0) return errno;
    if (::connect(fd(), address, length) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    while (!wait(POLLOUT, kLookMs)) {
    }
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  }

  bool wait(short events, int at_most_ms) const {
    if (sink_.stop_) throw Trouble{say({"停止中", "the daemon stops"})};
    if (Clock::now() >= end_)
      throw Trouble{say({"時間内に応答がありません (秒): ", "no answer within seconds: "}) +
                    std::to_string(sink_.timeout_seconds_)};
    pollfd watched{fd(), events, 0};
    return ::poll(&watched, 1, at_most_ms) > 0;
  }

  SyslogSink& sink_;
  Clock::time_point end_;
};

SyslogSink::SyslogSink(const SinkSettings& settings, const Matrix& matrix, const std::atomic<bool>& stop)
    : to_(settings.address), timeout_seconds_(settings.timeout_seconds), matrix_(matrix), stop_(stop) {
  common_.language = settings.language.value_or(spoken_language());
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0) origin_.host = name.data();
  origin_.process = std::to_string(::getpid());
  origin_.facility = settings.facility;
}

std::string SyslogSink::take(const std::vector<Parcel>& parcels) {
  const std::size_t most = to_.scheme == "udp" ? kDatagram : kMessage;
  const std::string message = syslog_message(common_, matrix_, origin_, parcels.front(), most, cli::wall_clock());
  try {
    Attempt attempt(*this);
    if (socket_ && attempt.stream() && attempt.closed()) socket_.reset();
    if (!socket_) attempt.connect();
    if (attempt.stream()) {
      attempt.send(std::to_string(message.size()) + " " + message);
      attempt.acknowledged();
    } else {
      attempt.send(message);
    }
  } catch (const Trouble& trouble) {
    socket_.reset();
    const std::string where = to_.scheme + "://" + to_.authority() + to_.target;
    return where + ": " + trouble.words;
  }
  return {};
}

}  // namespace noroshi::subscriber
