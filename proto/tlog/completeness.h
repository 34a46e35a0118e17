// "Of this lane you have been sent everything that is for you, up to here": what a broker signs and a subscriber checks
// against what it got. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/tlog/tree.h"
#include "proto/types/entry.h"
#include "proto/wire/signing.h"

namespace noroshi::tlog {

inline constexpr std::string_view kCompletenessContext = "noroshi.v1.completeness\n";

// Entries of one session, counted and chained: SHA-256(chain before || leaf hash), beginning with zeros.
class Tally {
 public:
  void add(const Entry& entry);
  std::uint64_t count() const { return count_; }
  const Hash& chain() const { return chain_; }

 private:
  std::uint64_t count_ = 0;
  Hash chain_{};
};

v1::SignedCompleteness sign_completeness(const wire::SigningKey& log, const v1::Completeness& statement);
// nullopt: not signed by this log key, or no statement.
std::optional<v1::Completeness> open_completeness(const PublicKey& log, const v1::SignedCompleteness& in);

}  // namespace noroshi::tlog
