// What a broker may answer to who asks for a proof.
#include "proto/client/proof.h"

#include <map>
#include <optional>

#include "proto/tlog/entry_leaf.h"
#include "proto/tlog/proof.h"
#include "proto/tlog/proof_file.h"
#include "tests/support/catch.h"
#include "tests/unit/auditor/sample_log.h"

namespace noroshi::client {

namespace {

using test::SampleLog;

v1::ProofAnswer answer_for(const SampleLog& log, std::uint64_t seq) {
  tlog::Frontier tree;
  std::map<tlog::Node, Hash> hashes;
  for (const test::Row& row : log.rows())
    for (const auto& each : tree.append(tlog::leaf_hash(row.entry))) hashes[each.node] = each.hash;
  const auto proof = tlog::inclusion_proof(seq - 1, log.rows().size(),
                                           [&](tlog::Node node) { return std::optional(hashes.at(node)); });
  v1::ProofAnswer out;
  out.set_known(true);
  out.set_checkpoint(log.sign(log.rows()));
  for (const Hash& hash : *proof) out.add_hashes(std::string(tlog::octets(hash)));
  return out;
}

bool refused(const v1::ProofAnswer& answer, const Entry& entry, const tlog::VerifierKey& log) {
  try {
    checked(answer, entry, log);
    return false;
  } catch (const cli::Failure& no) {
    return no.code == cli::kUnverified && std::string(no.what()).starts_with("#");
  }
}

}  // namespace

TEST_CASE("a proof that holds becomes a file that holds") {
  const SampleLog log(23);
  for (const test::Row& row : log.rows()) {
    const Proved proved = checked(answer_for(log, row.entry.seq.value), row.entry, log.log_key());
    CHECK(proved.checkpoint.size == 23);
    CHECK(tlog::open_proof_file(proved.file, tlog::leaf_data(row.entry), log.log_key()));
  }
}

TEST_CASE("whatever else a broker answers is refused") {
  const SampleLog log(23);
  const Entry entry = log.rows()[10].entry;
  const v1::ProofAnswer good = answer_for(log, 11);
  REQUIRE_FALSE(refused(good, entry, log.log_key()));
  v1::ProofAnswer answer = good;
  SECTION("it has none") { answer.set_known(false); }
  SECTION("of another entry") { answer = answer_for(log, 10); }
  SECTION("a hash changed") { (*answer.mutable_hashes(1))[4] ^= 1; }
  SECTION("a hash cut short") { answer.mutable_hashes(1)->pop_back(); }
  SECTION("a hash too few") { answer.mutable_hashes()->RemoveLast(); }
  SECTION("a hash too many") { answer.add_hashes(answer.hashes(0)); }
  SECTION("signed by another log") { answer.set_checkpoint(SampleLog(3).sign(log.rows())); }
  SECTION("no checkpoint") { answer.clear_checkpoint(); }
  CHECK(refused(answer, entry, log.log_key()));
}

TEST_CASE("an entry that is not the one in the log has no proof") {
  const SampleLog log(23);
  Entry entry = log.rows()[10].entry;
  entry.recorded_at = entry.recorded_at + 1;
  CHECK(refused(answer_for(log, 11), entry, log.log_key()));
}

}  // namespace noroshi::client
