// What can be wrong with a proof, a note or a tile from outside, and a value or what is wrong with it. Nothing here throws
// on input: exceptions are for callers that break a precondition.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "proto/types/words.h"

namespace noroshi::tlog {

enum class Fault {
  none,
  // trees and proofs
  size_too_large,      // more leaves than kMaxTreeSize
  index_outside_tree,  // the tree has no such leaf
  sizes_reversed,      // the older tree is the larger one
  hash_missing,        // the reader does not have a hash that the tree needs
  proof_length,        // too few or too many hashes for these sizes
  root_mismatch,       // leaf and proof lead to another root
  old_root_mismatch,   // the proof leads to another root of the older tree
  // notes and keys
  too_long,               // more than kMaxNoteBytes or kMaxNoteSignatures
  not_utf8,               // or with a control character other than the newline
  no_signatures,          // no empty line followed by signature lines, or the last one does not end
  bad_signature_line,     // not "— name base64"
  bad_key_name,           // empty, or with a space or a plus
  bad_verifier_key,       // not "name+id+base64"
  unknown_key_type,       // neither 0x01 nor 0x04
  key_id_mismatch,        // the id is not the one of this name and key
  ambiguous_key,          // two of the known keys have the same name and id
  signature_invalid,      // of a known key
  no_known_signature,     // nobody we know has signed
  log_signature_missing,  // signed by witnesses, but not by the log
  // checkpoints, proof files, tiles
  bad_checkpoint,   // not origin, size, root, extension lines
  bad_number,       // not decimal, with leading zeros, or past 2^63 - 1
  bad_hash,         // not the base64 of 32 bytes
  origin_mismatch,  // a checkpoint of another log
  bad_header,       // not a tlog-proof of version 1
  bad_extra,        // the extra line is no base64, or empty
  bad_index_line,   // not "index N"
  unfinished,       // it ends before its checkpoint
  bad_tile_path,    // no path of a tile or of a bundle
  bad_bundle,       // lengths that do not add up
};

// What it means, and what to do about it.
Text words(Fault fault);

struct Problem {
  Fault fault = Fault::none;
  std::size_t line = 0;  // from 1; 0: of no line in particular
  friend bool operator==(const Problem&, const Problem&) = default;
};

std::string describe(const Problem& problem);  // in the spoken language

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Fault fault, std::size_t line = 0) : problem_{fault, line} {}
  Result(Problem problem) : problem_(problem) {}

  explicit operator bool() const { return value_.has_value(); }
  // Precondition: there is a value.
  const T& operator*() const { return value_.value(); }
  const T* operator->() const { return &value_.value(); }
  T take() { return std::move(value_.value()); }
  const Problem& problem() const { return problem_; }
  Fault fault() const { return problem_.fault; }

 private:
  std::optional<T> value_;
  Problem problem_;
};

}  // namespace noroshi::tlog
