// A report or a link event as a message of syslog (RFC 5424). Pure.
#pragma once

#include <string>

#include "proto/cli/cli.h"
#include "schemas/matrix.h"
#include "subscriber/sink.h"

namespace noroshi::subscriber {

struct SyslogOrigin {
  int facility = 16;
  std::string host;
  std::string process;
};

// Drills are never above notice. At most `most` bytes: the text is cut, between two characters.
std::string syslog_message(const cli::Common& common, const Matrix& matrix, const SyslogOrigin& origin,
                           const Parcel& parcel, std::size_t most, Micros now);

}  // namespace noroshi::subscriber
