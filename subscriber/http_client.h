// One HTTP request and the head of its answer, over a connection of its own. Of TLS servers the certificate and the host's
// name are checked; redirections are not followed; the answer's body is not read. One owner, one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "subscriber/address.h"

namespace noroshi::subscriber {

struct HttpAnswer {
  int status = 0;
  std::string retry_after;
  std::string trouble;  // not empty: there was no answer, and why
};

class HttpClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // `ca_file`: the certificates that are believed; empty: the system's. Throws std::runtime_error.
  HttpClient(const std::filesystem::path& ca_file, std::int64_t timeout_seconds, const std::atomic<bool>& stop);
  ~HttpClient();

  HttpAnswer post(const Address& to, const Headers& headers, const std::string& body);

 private:
  struct Trust;
  std::unique_ptr<Trust> trust_;
  std::int64_t timeout_seconds_;  // for the whole of it
  const std::atomic<bool>& stop_;
};

}  // namespace noroshi::subscriber
