// Signed notes (https://c2sp.org/signed-note): a text, an empty line, and signature lines "— name base64(key id || bytes)";
// with them the timestamped signatures of witnesses (https://c2sp.org/tlog-cosignature). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/tlog/fault.h"
#include "proto/tlog/verifier_key.h"
#include "proto/wire/signing.h"

namespace noroshi::tlog {

inline constexpr std::size_t kMaxNoteBytes = 1'000'000;  // as golang.org/x/mod/sumdb/note
inline constexpr std::size_t kMaxNoteSignatures = 100;   // likewise; 16 must be accepted

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes bytes;  // Ed25519: 64; a cosignature: 8 of time, 64 of signature
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct Note {
  std::string text;  // ends in a newline
  std::vector<NoteSignature> signatures;
  friend bool operator==(const Note&, const Note&) = default;
};

std::string signature_line(const NoteSignature& signature);  // with its newline
std::string to_text(const Note& note);
// The form only, no signature is checked; what to_text() writes, and nothing else.
// Faults: too_long, not_utf8, no_signatures, bad_signature_line.
Result<Note> parse_note(std::string_view text);

// Precondition: is_key_name(name). The text ends in a newline.
NoteSignature sign_text(std::string_view name, const wire::SigningKey& key, std::string_view text);
// What a witness adds. `time`: seconds since 1970, at most 2^63 - 1.
NoteSignature cosign_text(std::string_view name, const wire::SigningKey& key, std::string_view text,
                          std::uint64_t time);

// A signature that was checked and found good.
struct SignedBy {
  std::size_t key = 0;                // which of the known ones
  std::optional<std::uint64_t> time;  // of a cosignature
  friend bool operator==(const SignedBy&, const SignedBy&) = default;
};

struct OpenedNote {
  Note note;
  std::vector<SignedBy> signed_by;  // never empty; the first signature of each key, in the order of the note
};

// Signatures of unknown keys are ignored; one of a known key that does not fit rejects the note.
// Faults: those of parse_note, ambiguous_key, signature_invalid, no_known_signature.
Result<OpenedNote> open_note(std::string_view text, std::span<const VerifierKey> known);

}  // namespace noroshi::tlog
