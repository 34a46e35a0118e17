// What the broker signs and proves of its log.
#include "broker/runtime/notary.h"

#include <optional>
#include <utility>
#include <vector>

#include "broker/store/memory_log.h"
#include "broker/transport/codec.h"
#include "proto/tlog/checkpoint.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/tlog/proof.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using runtime::Notary;

struct CountingLog : store::MemoryLog {
  std::optional<Hash> tree_hash(tlog::Node node) override {
    ++reads;
    return MemoryLog::tree_hash(node);
  }
  int reads = 0;
};

struct Scene {
  CountingLog log;
  wire::SigningKey key = wire::make_signing_key();
  Notary notary{"log.example", key, log};
  std::vector<Hash> leaves;

  void grow(std::size_t entries) {
    for (std::size_t n = 0; n < entries; ++n) {
      Entry entry;
      entry.seq = next(log.head());
      entry.recorded_at = Micros{static_cast<std::int64_t>(entry.seq.value)};
      entry.kind = EntryKind::digest;
      entry.lane = Lane::urgent;
      entry.salt = wire::random_salt();
      entry.leaf = wire::leaf_of(entry.salt, entry.body);
      leaves.push_back(tlog::leaf_hash(entry));
      const store::NewEntry all[] = {{entry, {}}};
      log.append(all);
    }
  }
  tlog::Checkpoint opened(const std::string& note) {
    const auto open = tlog::open_checkpoint(note, tlog::log_key("log.example", key.public_key));
    REQUIRE(open);
    return open->checkpoint;
  }
  std::string checkpoint() { return notary.checkpoint(log.head()); }
  Hash root(std::size_t size) {
    tlog::Frontier tree;
    for (std::size_t i = 0; i < size; ++i) tree.append(leaves[i]);
    return tree.root();
  }
};

}  // namespace

TEST_CASE("a checkpoint is of the log as it is, and signed once for each size") {
  Scene s;
  CHECK(s.opened(s.checkpoint()).size == 0);
  s.grow(5);
  const std::string five = s.checkpoint();
  CHECK(s.opened(five).size == 5);
  CHECK(s.opened(five).root == s.root(5));
  const int before = std::exchange(s.log.reads, 0);
  CHECK(before > 0);
  CHECK(s.checkpoint() == five);
  CHECK(s.log.reads == 0);  // not made anew
  s.grow(1);
  CHECK(s.opened(s.checkpoint()).root == s.root(6));
}

TEST_CASE("every entry and every earlier size has a proof for the tree of the checkpoint that comes with it") {
  Scene s;
  s.grow(13);
  for (std::uint64_t n = 1; n <= 13; ++n) {
    const core::ProofDone entry = s.notary.prove({PeerId{4}, 9, Seq{n}, 0, {}, s.log.head()});
    const tlog::Checkpoint tree = s.opened(entry.checkpoint);
    CHECK(entry.found);
    CHECK((entry.peer == PeerId{4} && entry.number == 9 && entry.entry->entry.seq == Seq{n}));
    CHECK(tlog::verify_inclusion(n - 1, tree.size, tree.root, s.leaves[n - 1], entry.proof) == tlog::Fault::none);
    const core::ProofDone earlier = s.notary.prove({PeerId{4}, 9, Seq{}, n, {}, s.log.head()});
    CHECK(earlier.found);
    CHECK_FALSE(earlier.entry);
    CHECK(tlog::verify_consistency(n, s.root(n), tree.size, tree.root, earlier.proof) == tlog::Fault::none);
  }
}

TEST_CASE("an entry is named by its hash in the tree, and by nothing else") {
  Scene s;
  s.grow(3);
  CHECK(s.notary.prove({PeerId{4}, 9, Seq{2}, 0, s.leaves[1], s.log.head()}).named);
  CHECK_FALSE(s.notary.prove({PeerId{4}, 9, Seq{2}, 0, s.leaves[2], s.log.head()}).named);
  CHECK_FALSE(s.notary.prove({PeerId{4}, 9, Seq{2}, 0, {}, s.log.head()}).named);
}

// The database has an entry before the mirror has it, and before the core knows.
TEST_CASE("nothing is signed or proven beyond what is known to be durable, nor ever less than before") {
  Scene s;
  s.grow(13);
  CHECK(s.opened(s.notary.checkpoint(Seq{5})).size == 5);
  CHECK(s.opened(s.notary.checkpoint(Seq{5})).root == s.root(5));
  const core::ProofDone beyond = s.notary.prove({{}, 1, Seq{8}, 0, {}, Seq{7}});
  CHECK_FALSE(beyond.found);
  CHECK(s.opened(beyond.checkpoint).size == 7);
  CHECK(s.notary.prove({{}, 1, Seq{7}, 0, {}, Seq{7}}).found);
  CHECK(s.opened(s.notary.checkpoint(Seq{6})).size == 7);
}

TEST_CASE("beyond the log nothing is found, but the checkpoint comes") {
  Scene s;
  s.grow(3);
  for (const core::ProofRequest& beyond :
       {core::ProofRequest{{}, 1, Seq{4}, 0, {}, Seq{3}}, core::ProofRequest{{}, 1, {}, 4, {}, Seq{3}}}) {
    const core::ProofDone done = s.notary.prove(beyond);
    CHECK_FALSE(done.found);
    CHECK_FALSE(done.entry);
    CHECK(s.opened(done.checkpoint).size == 3);
  }
  CHECK(s.notary.prove({{}, 1, {}, 0, {}, Seq{3}}).found);
}

TEST_CASE("greetings, heartbeats and answers carry it") {
  Scene s;
  s.grow(2);
  transport::Encoder encoder({"log.example", s.key, {}, s.checkpoint()});
  CHECK(s.opened(encoder.encode(core::Welcome{}, {}).welcome().checkpoint()).size == 2);
  CHECK(s.opened(encoder.encode(core::Beat{}, {}).heartbeat().checkpoint()).size == 2);
  s.grow(1);
  encoder.set_checkpoint(s.checkpoint());
  CHECK(s.opened(encoder.encode(core::Beat{}, {}).heartbeat().checkpoint()).size == 3);
  core::Accepted accepted;
  accepted.seq = Seq{3};
  accepted.salt = {1, 2, 3};
  const v1::BrokerMessage said = encoder.encode(accepted, {});
  CHECK(said.accepted().leaf_index() == 2);
  CHECK(said.accepted().salt() == std::string(accepted.salt.begin(), accepted.salt.end()));
  const v1::BrokerMessage proof = encoder.encode(core::ProofAnswer{7, "note", {Hash{5}}, true}, {});
  CHECK((proof.proof().number() == 7 && proof.proof().checkpoint() == "note" && proof.proof().known()));
  CHECK((proof.proof().hashes_size() == 1 && proof.proof().hashes(0).size() == 32 && proof.proof().hashes(0)[0] == 5));
}
