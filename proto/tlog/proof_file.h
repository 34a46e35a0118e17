// A proof that one can put aside and check years later without the log (https://c2sp.org/tlog-proof, ".tlog-proof"): the
// index of a leaf, its inclusion proof, and the signed checkpoint that it leads to. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proto/tlog/checkpoint.h"
#include "proto/tlog/proof.h"

namespace noroshi::tlog {

struct ProofFile {
  std::uint64_t index = 0;
  Proof proof;
  std::string checkpoint;  // the whole note, as the log signed it
  Bytes extra;             // signed by nobody; Noroshi writes none
  friend bool operator==(const ProofFile&, const ProofFile&) = default;
};

std::string to_text(const ProofFile& file);
// Exactly what to_text() writes; the form only, also of the checkpoint. Faults, with the line: bad_header, bad_extra,
// bad_index_line, bad_number, bad_hash, proof_length, unfinished, those of parse_note and parse_checkpoint.
Result<ProofFile> parse_proof_file(std::string_view text);

// What the log has signed, if this leaf is in it: its checkpoint and who has witnessed that.
// Faults: those of parse_proof_file, open_checkpoint and verify_inclusion.
Result<OpenedCheckpoint> open_proof_file(std::string_view text, std::string_view leaf_data, const VerifierKey& log,
                                         std::span<const VerifierKey> witnesses = {});

}  // namespace noroshi::tlog
