// Lays the published checkpoints before the witnesses of broker.toml. A thread for each, with a reader and a connection of its
// own: one that hangs holds up nobody, and the end of the broker neither.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "broker/http/snapshot.h"
#include "broker/runtime/cosignatures.h"
#include "broker/runtime/data_directory.h"

namespace noroshi::runtime {

class Witnesses {
 public:
  // Starts the threads. All of them outlived by what is given.
  Witnesses(const std::vector<WitnessSettings>& witnesses, const fs::path& log, const http::SnapshotBox& snapshots,
            Cosignatures& cosignatures);
  ~Witnesses();  // gives up what is under way, and joins
  Witnesses(const Witnesses&) = delete;
  Witnesses& operator=(const Witnesses&) = delete;

 private:
  void attend(std::size_t which, const WitnessSettings& witness, const fs::path& log);
  bool pause();  // false: stop

  const http::SnapshotBox& snapshots_;
  Cosignatures& cosignatures_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> threads_;
};

}  // namespace noroshi::runtime
