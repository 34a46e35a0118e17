#include "proto/tlog/proof_file.h"

#include "proto/tlog/text_form.h"

namespace noroshi::tlog {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kMaxHashes = 63;  // of an inclusion proof: the height of the largest tree

Problem further_down(Problem problem, std::size_t lines) {
  if (problem.line != 0) problem.line += lines;
  return problem;
}

// Nothing, if what follows the proof has the form of a signed checkpoint.
Problem form_of_checkpoint(std::string_view text, std::size_t lines_before) {
  const auto note = parse_note(text);
  if (!note) return further_down(note.problem(), lines_before);
  const auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return further_down(checkpoint.problem(), lines_before);
  return {};
}

}  // namespace

std::string to_text(const ProofFile& file) {
  std::string out = std::string(kHeader) + "\n";
  if (!file.extra.empty()) out.append(kExtra).append(wire::to_base64(file.extra)).append("\n");
  out.append(kIndex).append(std::to_string(file.index)).append("\n");
  for (const Hash& hash : file.proof) out += wire::to_base64(octets(hash)) + "\n";
  return out + "\n" + file.checkpoint;
}

Result<ProofFile> parse_proof_file(std::string_view text) {
  if (text.size() > kMaxNoteBytes) return Fault::too_long;
  Lines lines(text);
  ProofFile out;
  auto line = lines.next();
  if (line != kHeader) return {Fault::bad_header, lines.number()};
  line = lines.next();
  if (line && line->starts_with(kExtra)) {
    const auto extra = wire::from_base64(line->substr(kExtra.size()));
    if (!extra || extra->empty()) return {Fault::bad_extra, lines.number()};
    out.extra = *extra;
    line = lines.next();
  }
  if (!line || !line->starts_with(kIndex)) return {Fault::bad_index_line, lines.number()};
  const auto index = parse_number(line->substr(kIndex.size()));
  if (!index) return {Fault::bad_number, lines.number()};
  out.index = *index;
  for (line = lines.next(); line && !line->empty(); line = lines.next()) {
    const auto hash = parse_hash(*line);
    if (!hash) return {Fault::bad_hash, lines.number()};
    if (out.proof.size() == kMaxHashes) return {Fault::proof_length, lines.number()};
    out.proof.push_back(*hash);
  }
  if (!line) return {Fault::unfinished, lines.number()};
  out.checkpoint = lines.rest();
  const Problem problem = form_of_checkpoint(out.checkpoint, lines.number());
  if (problem.fault != Fault::none) return problem;
  return out;
}

Result<OpenedCheckpoint> open_proof_file(std::string_view text, std::string_view leaf_data, const VerifierKey& log,
                                         std::span<const VerifierKey> witnesses) {
  const auto file = parse_proof_file(text);
  if (!file) return file.problem();
  auto opened = open_checkpoint(file->checkpoint, log, witnesses);
  if (!opened) return opened.problem();
  const Checkpoint& head = opened->checkpoint;
  const Fault fault = verify_inclusion(file->index, head.size, head.root, leaf_hash(leaf_data), file->proof);
  if (fault != Fault::none) return fault;
  return opened;
}

}  // namespace noroshi::tlog
