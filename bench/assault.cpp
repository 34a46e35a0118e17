#include "bench/assault.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/peers.h"
#include "proto/channel/client_channel.h"
#include "proto/cli/cli.h"
#include "proto/wire/client_session.h"

namespace noroshi::bench {

namespace {
bool ended(int descriptor) {
  pollfd item{descriptor, POLLIN, 0};
  return ::poll(&item, 1, 0) != 0;
}
}  // namespace

int be_hostile(const std::filesystem::path& file) {
  // Elsewhere it would be another machine: here it must not take the processors from those it disturbs.
  ::setpriority(PRIO_PROCESS, 0, 10);
  const wire::Credential credential = wire::load_credential(file);
  std::string id;
  const v1::SignedReport report = make_report(credential, "C.it-failure", id);
  wire::ClientSession session({}, wire::random_bytes);
  channel::ClientChannel line(credential, channel::Door::urgent);
  for (const Bytes& frame : session.connect(cli::wall_clock()).send) line.send(frame);
  const Bytes frame = session.submit(1, report);
  std::uint64_t said = 0;
  while (said % 100 != 0 || !ended(STDIN_FILENO)) {
    if (!line.send(frame)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // its own queue is full
      if (ended(STDIN_FILENO)) break;
      continue;
    }
    if (++said == 1000 && ::write(STDOUT_FILENO, "!", 1) != 1) return 1;
  }
  return ::write(STDOUT_FILENO, &said, sizeof said) == sizeof said ? 0 : 1;
}

Assault::Assault(const std::filesystem::path& program, const std::filesystem::path& credential) {
  std::array<int, 2> in{}, out{};
  if (::pipe(in.data()) != 0 || ::pipe(out.data()) != 0) throw std::runtime_error("pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    for (const int descriptor : {in[0], in[1], out[0], out[1]}) ::close(descriptor);
    ::execl(program.c_str(), program.c_str(), "--assault", credential.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  in_ = in[1];
  out_ = out[0];
  char first = 0;
  if (::read(out_, &first, 1) != 1) throw std::runtime_error("the assault did not begin");
}

std::uint64_t Assault::end() {
  if (pid_ < 0) return 0;
  std::uint64_t said = 0;
  ::close(in_);
  if (::read(out_, &said, sizeof said) != sizeof said) said = 0;
  ::close(out_);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return said;
}

}  // namespace noroshi::bench
