// Starts a program for each parcel: JSON on its standard input, exit code 0 means taken.
#pragma once

#include "subscriber/sink.h"

namespace noroshi::subscriber {

class ExecSink : public Sink {
 public:
  ExecSink(std::vector<std::string> command, std::int64_t timeout_seconds, const std::atomic<bool>& stop)
      : command_(std::move(command)), timeout_seconds_(timeout_seconds), stop_(stop) {}
  std::size_t most() const override { return 1; }
  std::string take(const std::vector<Parcel>& parcels) override;

 private:
  std::vector<std::string> command_;
  std::int64_t timeout_seconds_;
  const std::atomic<bool>& stop_;
};

}  // namespace noroshi::subscriber
