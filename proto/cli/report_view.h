// A report as people and programs read it: shared by subscriber, auditor and the broker's open feed. Pure.
#pragma once

#include <string>

#include "noroshi/v1/session.pb.h"
#include "proto/cli/cli.h"
#include "proto/wire/decode.h"
#include "schemas/matrix.h"

namespace noroshi::cli {

// The report in protobuf's own JSON mapping (lowerCamelCase), order of fields as in the contract.
std::string report_json(const v1::Report& report);

// The object of `watch` and `replay`, in this order: seq, recordedAt, lane, topic, publisher, signature, report.
// `signature`: "valid", "invalid" or "unknown-key". One line, no newline.
std::string delivery_json(const Entry& entry, const v1::Report& report, std::string_view signature);

// The complete text form, in the chosen language: header line with lane, topic, label; 【訓練】/【試験】 loud for drills;
// title, sections with their labels from the matrix and states (調査中 …), relation, audience, times, references,
// vulnerabilities, response room, attachments by name. Never cut.
std::string report_text(const Common& common, const Matrix& matrix, const Entry& entry, const v1::Report& report,
                        std::string_view signature);

}  // namespace noroshi::cli
