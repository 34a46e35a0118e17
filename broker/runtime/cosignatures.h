// Which checkpoints the witnesses are asked to cosign, and who has cosigned what. Any thread; time comes in from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "broker/http/snapshot.h"
#include "broker/runtime/witness_settings.h"
#include "proto/tlog/witness.h"

namespace noroshi::runtime {

class Cosignatures {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit Cosignatures(const std::vector<WitnessSettings>& witnesses);

  // What this witness is to be asked for now; empty: nothing. `newest`: the newest checkpoint that is published; empty: none.
  // At most once a second there is another one, and all witnesses get the same: else a busy log would have no
  // checkpoint that two of them have cosigned.
  std::string due(std::size_t witness, const std::string& newest, Time now);
  // What came of it. True: that is another state than before, and worth a line in the log.
  bool answered(std::size_t witness, const std::string& checkpoint, const tlog::Verdict& verdict, Time now, Micros at);

  // The checkpoint, with what cosignatures there are of it.
  std::string on(const std::string& checkpoint) const;
  // The newest that every witness has cosigned which is not in trouble; empty: none so far.
  std::string witnessed() const;
  std::vector<http::WitnessState> states() const;

 private:
  struct Round {
    std::string checkpoint;
    std::map<std::size_t, std::string> lines;  // by witness
  };
  struct Witness {
    http::WitnessState state;
    int in_a_row = 0;     // failures
    Time next{};          // not to be asked before
    std::string covered;  // the checkpoint it has cosigned last,
    Time renewal{};       // and when it is asked for that once more
  };

  void begin_round(const std::string& newest, Time now);
  void settle();
  static std::string whole(const Round& round);

  mutable std::mutex mutex_;
  std::vector<Witness> witnesses_;
  std::deque<Round> rounds_;  // the newest last
  Time begun_{};              // the newest
  Round witnessed_;
};

}  // namespace noroshi::runtime
