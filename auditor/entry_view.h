// An entry of the log as people and programs read it. Pure.
#pragma once

#include <string>

#include "auditor/replay_session.h"
#include "proto/cli/cli.h"
#include "schemas/matrix.h"

namespace noroshi::auditor {

// One object, one line. Reports: the object of `watch`. Other kinds: seq, recordedAt, kind and the decoded body. Redacted:
// seq, recordedAt, kind, "redacted":true. `bytes` adds salt and body as stored, base64. The last member is always
// leafHash, the RFC 6962 leaf hash in hex, computed from what was received.
std::string entry_json(const ReplayEntry& entry, bool bytes);

// Reports complete, every other entry on one line. Ends in a newline.
std::string entry_text(const cli::Common& common, const Matrix& matrix, const ReplayEntry& entry);

}  // namespace noroshi::auditor
