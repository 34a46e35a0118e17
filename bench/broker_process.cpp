#include "bench/broker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

namespace noroshi::bench {

BrokerProcess::BrokerProcess(const std::filesystem::path& bin, int base) : bin_(bin) {
  std::string pattern = (std::filesystem::temp_directory_path() / "noroshi-bench-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make a temporary directory");
  directory_ = pattern;
  const std::string data = (directory_ / "data").string();
  call("init --data " + data + " --name bench --port " + std::to_string(base));
  call("enroll publisher --data " + data + " --tier ministry --source sector --publish '*' --credential " +
       (directory_ / "publisher.toml").string());
  for (int n = 0; n <= kFlooders; ++n)
    call("enroll flooder-" + std::to_string(n) + " --data " + data +
         " --tier ministry --source sector --publish '*' --credential " + flooder_file(n).string());
  call("enroll subscriber --data " + data + " --tier operator --sector electricity --subscribe --credential " +
       (directory_ / "subscriber.toml").string());

  std::array<int, 2> out{};
  if (::pipe(out.data()) != 0) throw std::runtime_error("pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(out[1], 1);
    const int log = ::open((directory_ / "broker.log").c_str(), O_CREAT | O_WRONLY, 0600);
    ::dup2(log, 2);
    const std::string program = (bin_ / "noroshi-broker").string();
    ::execl(program.c_str(), program.c_str(), "run", "--data", data.c_str(), "--log-level", "warn", nullptr);
    ::_exit(127);
  }
  ::close(out[1]);
  char first = 0;
  const bool ready = ::read(out[0], &first, 1) == 1 && first == 'r';
  ::close(out[0]);
  if (!ready) throw std::runtime_error("the broker did not start: see " + (directory_ / "broker.log").string());
}

BrokerProcess::~BrokerProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void BrokerProcess::call(const std::string& arguments) const {
  const std::string command = "'" + (bin_ / "noroshi-broker").string() + "' " + arguments + " > /dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace noroshi::bench
