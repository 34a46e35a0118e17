// Checkpoints (https://c2sp.org/tlog-checkpoint): the signed note in which a log says how large its tree is and what its
// root is. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/tlog/note.h"
#include "proto/tlog/tree.h"

namespace noroshi::tlog {

struct Checkpoint {
  std::string origin;  // the log: here always the name of its key
  std::uint64_t size = 0;
  Hash root{};
  std::vector<std::string> extensions;  // opaque lines; Noroshi writes none
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The text of the note: origin, decimal size, base64 root, extensions, a line each.
std::string to_text(const Checkpoint& checkpoint);
// Exactly what to_text() writes. Faults, with the line: bad_checkpoint, bad_number, bad_hash.
Result<Checkpoint> parse_checkpoint(std::string_view text);

// The whole note, signed in the name of the origin. Precondition: is_key_name(origin), no newline in an extension.
std::string sign_checkpoint(const Checkpoint& checkpoint, const wire::SigningKey& log);

// Of a note that the log itself has signed; 0 of anything else.
std::uint64_t signed_size(std::string_view note);

struct Witnessed {
  std::size_t witness = 0;  // which of those that were given
  std::uint64_t time = 0;   // seconds since 1970; 0 for a witness that signs without a time
  friend bool operator==(const Witnessed&, const Witnessed&) = default;
};

struct OpenedCheckpoint {
  Checkpoint checkpoint;
  std::vector<Witnessed> witnessed;
};

// A checkpoint of the log that this key is of, signed with it; and who of the witnesses has signed it, too.
// Faults: those of open_note and parse_checkpoint, log_signature_missing, origin_mismatch.
Result<OpenedCheckpoint> open_checkpoint(std::string_view note, const VerifierKey& log,
                                         std::span<const VerifierKey> witnesses = {});

}  // namespace noroshi::tlog
