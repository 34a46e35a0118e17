#include "proto/tlog/note.h"

#include <algorithm>
#include <stdexcept>

#include "proto/tlog/planted.h"
#include "proto/tlog/text_form.h"
#include "proto/wire/utf8.h"

namespace noroshi::tlog {
namespace {

constexpr std::string_view kDash = "\u2014 ";  // begins a signature line
constexpr std::size_t kIdBytes = 4;
constexpr std::size_t kTimeBytes = 8;

bool is_note_text(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
  return wire::is_utf8(text) && std::none_of(text.begin(), text.end(), control);
}

std::optional<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  const auto raw = wire::from_base64(line.substr(space + 1));
  if (!raw || raw->size() <= kIdBytes) return std::nullopt;
  return NoteSignature{std::string(line.substr(0, space)),
                       from_big_endian<std::uint32_t>(std::string_view(*raw).substr(0, kIdBytes)),
                       raw->substr(kIdBytes)};
}

// What a cosignature signs besides the text of the note.
std::string cosignature_header(std::uint64_t time) { return "cosignature/v1\ntime " + std::to_string(time) + "\n"; }

// The signature, if it is this key's over this text.
std::optional<SignedBy> checked(const NoteSignature& signature, const VerifierKey& key, std::string_view text) {
  std::string_view bytes = signature.bytes;
  std::string header;
  SignedBy out;
  if (key.type == KeyType::cosignature_v1) {
    if (bytes.size() < kTimeBytes) return std::nullopt;
    out.time = from_big_endian<std::uint64_t>(bytes.substr(0, kTimeBytes));
    if (*out.time > kMaxTreeSize) return std::nullopt;  // the specification has the same bound for both
    header = cosignature_header(*out.time);
    bytes.remove_prefix(kTimeBytes);
  }
  if (!planted(Bug::signature_not_checked) && !wire::verify(key.key, header, text, bytes)) return std::nullopt;
  return out;
}

}  // namespace

std::string signature_line(const NoteSignature& signature) {
  return std::string(kDash) + signature.name + " " + wire::to_base64(big_endian(signature.key_id) + signature.bytes) +
         "\n";
}

std::string to_text(const Note& note) {
  std::string out = note.text + "\n";
  for (const NoteSignature& each : note.signatures) out += signature_line(each);
  return out;
}

Result<Note> parse_note(std::string_view text) {
  if (text.size() > kMaxNoteBytes) return Fault::too_long;
  if (!is_note_text(text)) return Fault::not_utf8;
  const std::size_t split = text.rfind("\n\n");
  if (split == std::string_view::npos || split + 2 == text.size()) return Fault::no_signatures;
  Note out;
  out.text = text.substr(0, split + 1);
  Lines lines(text.substr(split + 2), static_cast<std::size_t>(std::count(
                                          text.begin(), text.begin() + static_cast<std::ptrdiff_t>(split + 2), '\n')));
  while (!lines.empty()) {
    const auto line = lines.next();
    if (!line) return {Fault::no_signatures, lines.number()};
    auto signature = parse_signature_line(*line);
    if (!signature) return {Fault::bad_signature_line, lines.number()};
    if (out.signatures.size() == kMaxNoteSignatures) return {Fault::too_long, lines.number()};
    out.signatures.push_back(std::move(*signature));
  }
  return out;
}

NoteSignature sign_text(std::string_view name, const wire::SigningKey& key, std::string_view text) {
  const VerifierKey verifier{std::string(name), KeyType::ed25519, key.public_key};
  return {verifier.name, key_id(verifier), wire::sign(key, {}, text)};
}

NoteSignature cosign_text(std::string_view name, const wire::SigningKey& key, std::string_view text,
                          std::uint64_t time) {
  const VerifierKey verifier{std::string(name), KeyType::cosignature_v1, key.public_key};
  return {verifier.name, key_id(verifier), big_endian(time) + wire::sign(key, cosignature_header(time), text)};
}

Result<OpenedNote> open_note(std::string_view text, std::span<const VerifierKey> known) {
  auto note = parse_note(text);
  if (!note) return note.problem();
  OpenedNote out{note.take(), {}};
  for (const NoteSignature& signature : out.note.signatures) {
    const auto fits = [&signature](const VerifierKey& key) {
      return key.name == signature.name && key_id(key) == signature.key_id;
    };
    const auto key = std::find_if(known.begin(), known.end(), fits);
    if (key == known.end()) continue;
    if (std::find_if(key + 1, known.end(), fits) != known.end()) return Fault::ambiguous_key;
    auto good = checked(signature, *key, out.note.text);
    if (!good) return Fault::signature_invalid;
    good->key = static_cast<std::size_t>(key - known.begin());
    const auto same_key = [&good](const SignedBy& other) { return other.key == good->key; };
    if (std::none_of(out.signed_by.begin(), out.signed_by.end(), same_key)) out.signed_by.push_back(*good);
  }
  if (out.signed_by.empty()) return Fault::no_known_signature;
  return out;
}

}  // namespace noroshi::tlog
