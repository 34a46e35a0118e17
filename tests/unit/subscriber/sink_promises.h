// What sinks promise to those who read them, each as a check that is true when it is kept; the twins run them with bugs.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "schemas/matrix.h"
#include "subscriber/sink.h"

namespace noroshi::test {

const Matrix& shipped_matrix();
cli::Common speaking(Language language);
// A parcel with a report whose every text is `text`; the statuses as v1::Report has them.
subscriber::Parcel parcel_saying(const std::string& text, v1::Report::Status status = v1::Report::ACTUAL,
                                 const std::string& item = "C.disaster");

// A message of RFC 5424 as its grammar has it (section 6); nullopt: it is none.
struct SyslogParts {
  int priority = 0;
  std::string host, program, process, kind, data_id;
  std::map<std::string, std::string> data;
  std::string text;  // behind the byte order mark
};
std::optional<SyslogParts> parse_syslog(const std::string& message);

bool html_is_what_was_written_and_no_markup();
bool syslog_keeps_its_structure();
bool a_signature_is_of_one_message_at_one_time();
bool a_webhook_is_taken_when_its_receiver_says_so();

}  // namespace noroshi::test
