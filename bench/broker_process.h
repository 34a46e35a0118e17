// A real broker in a throw-away directory, with a publisher and a subscriber enrolled: what the benchmark measures.
#pragma once

#include <filesystem>
#include <string>

#include "proto/wire/credential.h"

namespace noroshi::bench {

class BrokerProcess {
 public:
  static constexpr int kFlooders = 8;  // one member alone is held to its rate; one more is the hostile one
  // `bin`: where noroshi-broker is; `base`: first of the ports. Throws std::runtime_error.
  BrokerProcess(const std::filesystem::path& bin, int base);
  ~BrokerProcess();
  BrokerProcess(const BrokerProcess&) = delete;
  BrokerProcess& operator=(const BrokerProcess&) = delete;

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path flooder_file(int n) const { return directory_ / ("flooder-" + std::to_string(n) + ".toml"); }
  wire::Credential publisher() const { return wire::load_credential(directory_ / "publisher.toml"); }
  wire::Credential flooder(int n) const { return wire::load_credential(flooder_file(n)); }
  wire::Credential subscriber() const { return wire::load_credential(directory_ / "subscriber.toml"); }

 private:
  void call(const std::string& arguments) const;

  std::filesystem::path bin_;
  std::filesystem::path directory_;
  int pid_ = -1;
};

}  // namespace noroshi::bench
