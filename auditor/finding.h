// What is wrong with a log: one catalogue, for people and programs (docs/audit.md says what to do about each).
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "proto/types/ids.h"
#include "proto/types/names.h"
#include "proto/types/words.h"

namespace noroshi::auditor {

enum class Fault {
  out_of_order = 1,
  time_backwards,
  unreadable,
  member_not_signed,
  member_outdated,
  signer_unknown,
  signer_out_of_time,
  signature_invalid,
  rewritten,
  shortened,
  incomplete,
  root_mismatch,
  checkpoint_invalid,
  proof_invalid,
  key_mismatch,
  damaged,
  other_tree_seen,
  wrongly_hidden,
  report_twice,
};
inline constexpr NameTable<Fault, 19> kFaults{{{Fault::out_of_order, "out_of_order"},
                                               {Fault::time_backwards, "time_backwards"},
                                               {Fault::unreadable, "unreadable"},
                                               {Fault::member_not_signed, "member_not_signed"},
                                               {Fault::member_outdated, "member_outdated"},
                                               {Fault::signer_unknown, "signer_unknown"},
                                               {Fault::signer_out_of_time, "signer_out_of_time"},
                                               {Fault::signature_invalid, "signature_invalid"},
                                               {Fault::rewritten, "rewritten"},
                                               {Fault::shortened, "shortened"},
                                               {Fault::incomplete, "incomplete"},
                                               {Fault::root_mismatch, "root_mismatch"},
                                               {Fault::checkpoint_invalid, "checkpoint_invalid"},
                                               {Fault::proof_invalid, "proof_invalid"},
                                               {Fault::key_mismatch, "key_mismatch"},
                                               {Fault::damaged, "damaged"},
                                               {Fault::other_tree_seen, "other_tree_seen"},
                                               {Fault::wrongly_hidden, "wrongly_hidden"},
                                               {Fault::report_twice, "report_twice"}}};
constexpr std::string_view name_of(Fault v) { return name_in(kFaults, v); }
Text words(Fault fault);

struct Finding {
  Fault fault{};
  Seq seq{};           // of the entry; 0: of none
  std::string detail;  // in the spoken language; may be empty
  friend bool operator==(const Finding&, const Finding&) = default;
};

// "#12: words (detail)".
std::string describe(const Finding& finding);

// The verdict is "no".
struct Wrong : std::runtime_error {
  explicit Wrong(Finding what) : std::runtime_error(describe(what)), finding(std::move(what)) {}
  Finding finding;
};

}  // namespace noroshi::auditor
