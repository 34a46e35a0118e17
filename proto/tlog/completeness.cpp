#include "proto/tlog/completeness.h"

#include "proto/tlog/entry_leaf.h"

namespace noroshi::tlog {

void Tally::add(const Entry& entry) {
  ++count_;
  chain_ = wire::sha256(octets(chain_), octets(leaf_hash(entry)));
}

v1::SignedCompleteness sign_completeness(const wire::SigningKey& log, const v1::Completeness& statement) {
  v1::SignedCompleteness out;
  out.set_statement(statement.SerializeAsString());
  out.set_signature(wire::sign(log, kCompletenessContext, out.statement()));
  return out;
}

std::optional<v1::Completeness> open_completeness(const PublicKey& log, const v1::SignedCompleteness& in) {
  v1::Completeness out;
  if (!wire::verify(log, kCompletenessContext, in.statement(), in.signature())) return std::nullopt;
  if (!out.ParseFromString(in.statement())) return std::nullopt;
  return out;
}

}  // namespace noroshi::tlog
