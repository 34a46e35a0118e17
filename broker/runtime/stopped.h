// For commands that change a log in which no broker may be at work.
#pragma once

#include "broker/runtime/contradictions.h"
#include "broker/runtime/directory_lock.h"
#include "broker/runtime/mirror.h"

namespace noroshi::runtime {

// While it lives no broker and no other command can take the directory. Throws ConfigError if one has it.
class Stopped {
 public:
  explicit Stopped(const DataDirectory& data);

 private:
  DirectoryLock directory_;
  DirectoryLock log_;
};

// "20260601T093000Z".
std::string time_for_names(Micros time);

}  // namespace noroshi::runtime
