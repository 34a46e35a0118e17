// The least that any durable broker must do, on the same machine in the same run: two bare ZeroMQ CURVE hops and, in
// between, one write and fdatasync of the same bytes. No ZAP, no signature, no protobuf, no database.
#pragma once

#include <filesystem>
#include <memory>

#include "bench/samples.h"

namespace noroshi::bench {

class Floor {
 public:
  explicit Floor(const std::filesystem::path& directory);  // writes a file there
  ~Floor();
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;
  // Sends `count` messages of `bytes` at `per_second`; `samples` gets send → received.
  void send(int count, int per_second, std::size_t bytes, Samples& samples);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace noroshi::bench
