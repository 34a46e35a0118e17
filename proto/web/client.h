// One HTTP request and its answer, over a connection of its own. Of TLS servers the certificate and the host's name are checked;
// redirections are not followed. Times and sizes are bounded, whoever answers. One owner, one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proto/web/address.h"

namespace noroshi::web {

struct Answer {
  int status = 0;
  std::string type;  // its Content-Type
  std::string retry_after;
  std::string body;     // if it was asked for
  std::string trouble;  // not empty: there was no answer, or none that may be used, and why
};

class Client {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // `ca_file`: the certificates that are believed; empty: the system's. `stop`: ends what is under way within a moment.
  // Throws std::runtime_error.
  Client(const std::filesystem::path& ca_file, std::int64_t timeout_seconds, const std::atomic<bool>& stop);
  ~Client();

  // `most_body`: bytes; a larger body of the answer is a trouble. 0: it is not read.
  Answer post(const Address& to, const Headers& headers, const std::string& body, std::size_t most_body = 0);

 private:
  struct Trust;
  std::unique_ptr<Trust> trust_;
  std::int64_t timeout_seconds_;  // for the whole of it
  const std::atomic<bool>& stop_;
};

}  // namespace noroshi::web
