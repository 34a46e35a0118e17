#include "broker/runtime/stopped.h"

#include <ctime>

#include "proto/types/words.h"

namespace noroshi::runtime {
namespace {

DirectoryLock taken(const DataDirectory& data, const fs::path& file) {
  if (auto lock = DirectoryLock::try_lock(file)) return std::move(*lock);
  throw ConfigError(data.root.string() +
                    say({": 使用中です。ブローカーか他のコマンドを止めてから、もう一度実行してください",
                         ": is in use; stop the broker, or wait for the other command, then try again"}));
}

}  // namespace

Stopped::Stopped(const DataDirectory& data)
    : directory_(taken(data, data.lock())), log_(taken(data, data.log_lock())) {}

std::string time_for_names(Micros time) {
  const std::time_t seconds = time.value / kMicrosPerSecond;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc)};
}

}  // namespace noroshi::runtime
