// Tells syslog of each parcel (RFC 5424): over UDP, TCP (octet counting, RFC 6587) or a socket of this machine. Over TCP it is
// taken once the other machine has acknowledged the bytes; of the others nobody knows.
#pragma once

#include <optional>

#include "proto/wire/files.h"
#include "subscriber/sink.h"
#include "subscriber/syslog_message.h"

namespace noroshi::subscriber {

class SyslogSink : public Sink {
 public:
  SyslogSink(const SinkSettings& settings, const Matrix& matrix, const std::atomic<bool>& stop);
  std::size_t most() const override { return 1; }
  std::string take(const std::vector<Parcel>& parcels) override;

 private:
  class Attempt;

  web::Address to_;
  std::int64_t timeout_seconds_;
  cli::Common common_;
  const Matrix& matrix_;
  const std::atomic<bool>& stop_;
  SyslogOrigin origin_;
  std::optional<wire::Descriptor> socket_;
};

}  // namespace noroshi::subscriber
