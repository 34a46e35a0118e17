// Administration of a broker that does not run: the same requests as on the admin socket, answered by the same core over
// the same log. Holds the directory's lock for as long as it lives. Main thread.
#pragma once

#include <memory>

#include "broker/runtime/data_directory.h"
#include "noroshi/v1/admin.pb.h"

namespace noroshi::runtime {

class Offline {
 public:
  // nullptr: another process has the directory. Throws ConfigError, store::StorageError.
  static std::unique_ptr<Offline> open(const DataDirectory& data);
  ~Offline();

  // What it changes is durable when it returns. Throws store::StorageError.
  v1::AdminReply handle(const v1::AdminRequest& request, Micros now);

 private:
  struct Impl;
  explicit Offline(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace noroshi::runtime
