#include "proto/tlog/checkpoint.h"

#include <stdexcept>

#include "proto/tlog/text_form.h"

namespace noroshi::tlog {

std::string to_text(const Checkpoint& checkpoint) {
  std::string out = checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
                    wire::to_base64(octets(checkpoint.root)) + "\n";
  for (const std::string& line : checkpoint.extensions) out += line + "\n";
  return out;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Lines lines(text);
  Checkpoint out;
  const auto origin = lines.next();
  if (!origin || origin->empty()) return {Fault::bad_checkpoint, lines.number()};
  out.origin = *origin;
  const auto size = lines.next();
  if (!size) return {Fault::bad_checkpoint, lines.number()};
  const auto number = parse_number(*size);
  if (!number) return {Fault::bad_number, lines.number()};
  out.size = *number;
  const auto root = lines.next();
  if (!root) return {Fault::bad_checkpoint, lines.number()};
  const auto hash = parse_hash(*root);
  if (!hash) return {Fault::bad_hash, lines.number()};
  out.root = *hash;
  while (!lines.empty()) {
    const auto extension = lines.next();
    if (!extension || extension->empty()) return {Fault::bad_checkpoint, lines.number()};
    out.extensions.emplace_back(*extension);
  }
  return out;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const wire::SigningKey& log) {
  if (!is_key_name(checkpoint.origin)) throw std::logic_error("sign_checkpoint: the origin is no name of a key");
  Note note{to_text(checkpoint), {}};
  note.signatures.push_back(sign_text(checkpoint.origin, log, note.text));
  return to_text(note);
}

std::uint64_t signed_size(std::string_view note) {
  const auto parsed = parse_note(note);
  const auto checkpoint = parsed ? parse_checkpoint(parsed->text) : parsed.problem();
  return checkpoint ? checkpoint->size : 0;
}

Result<OpenedCheckpoint> open_checkpoint(std::string_view note, const VerifierKey& log,
                                         std::span<const VerifierKey> witnesses) {
  std::vector<VerifierKey> known{log};
  known.insert(known.end(), witnesses.begin(), witnesses.end());
  const auto opened = open_note(note, known);
  if (!opened) return opened.problem();
  bool by_the_log = false;
  OpenedCheckpoint out;
  for (const SignedBy& each : opened->signed_by) {
    if (each.key == 0)
      by_the_log = true;
    else
      out.witnessed.push_back({each.key - 1, each.time.value_or(0)});
  }
  if (!by_the_log) return Fault::log_signature_missing;
  auto checkpoint = parse_checkpoint(opened->note.text);
  if (!checkpoint) return checkpoint.problem();
  if (checkpoint->origin != log.name) return {Fault::origin_mismatch, 1};
  out.checkpoint = checkpoint.take();
  return out;
}

}  // namespace noroshi::tlog
