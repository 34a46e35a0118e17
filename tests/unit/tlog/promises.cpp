#include "tests/unit/tlog/promises.h"

#include "proto/tlog/checkpoint.h"
#include "proto/tlog/proof.h"
#include "proto/tlog/tiles.h"
#include "tests/unit/tlog/reference.h"
#include "tests/unit/tlog/witness_double.h"

namespace noroshi::test {

using namespace tlog;

// Else the data of a leaf could be the two halves of a tree, and a proof would lead into a tree that nobody has logged.
bool a_leaf_is_no_inner_node() {
  const Hash left = leaf_hash("left"), right = leaf_hash("right");
  const std::string halves = "\x01" + std::string(octets(left)) + std::string(octets(right));
  return leaf_hash(halves) != node_hash(left, right) && Stored(ct_leaves()).frontier().root() == ct_roots()[8];
}

bool a_proof_is_of_its_leaf() {
  const Leaves leaves = some_leaves(11);
  const Stored stored(leaves);
  for (std::uint64_t index = 0; index < leaves.size(); ++index) {
    const auto proof = inclusion_proof(index, leaves.size(), stored.reader());
    if (!proof || verify_inclusion(index, leaves.size(), stored.frontier().root(), leaf_hash(leaves[index]), *proof) !=
                      Fault::none)
      return false;
  }
  return true;
}

bool only_the_key_signs() {
  const wire::SigningKey log = wire::make_signing_key(), thief = wire::make_signing_key();
  const VerifierKey key{"log.example", KeyType::ed25519, log.public_key};
  Note note = parse_note(sign_checkpoint({key.name, 8, ct_roots()[8], {}}, thief)).take();
  if (open_checkpoint(to_text(note), key)) return false;
  note.signatures.front().key_id = key_id(key);  // in the name of the log
  return open_checkpoint(to_text(note), key).fault() == Fault::signature_invalid;
}

bool a_tile_has_its_hashes() {
  const Leaves leaves = some_leaves(11);
  const auto tile = tile_hashes({0, 0, 11}, Stored(leaves).reader());
  Bytes expected;
  for (const auto& leaf : leaves) expected += octets(leaf_hash(leaf));
  return tile && *tile == expected;
}

bool a_cosignature_is_of_the_checkpoint() {
  const wire::SigningKey signer = wire::make_signing_key(), thief = wire::make_signing_key();
  const WitnessDouble witness(log_key("log.example", signer.public_key));
  const auto text_of = [](std::uint64_t size) {
    return to_text(Checkpoint{"log.example", size, ct_roots()[size], {}});
  };
  const std::string text = text_of(8);
  const auto taken = [&](const std::string& answer) {
    return static_cast<bool>(cosignature_in(answer, text, witness.key()));
  };
  NoteSignature forged = cosign_text(witness.key().name, thief, text, 1);
  forged.key_id = key_id(witness.key());
  return taken(witness.line(text)) && !taken(signature_line(forged)) && !taken(witness.line(text_of(7))) &&
         !taken("one more line\n\n" + witness.line(text + "\none more line\n"));
}

bool a_witness_that_is_behind_catches_up() {
  const wire::SigningKey signer = wire::make_signing_key();
  const VerifierKey log = log_key("log.example", signer.public_key);
  const Leaves leaves = some_leaves(11);
  const Stored stored(leaves);
  WitnessDouble witness(log);
  witness.size = 6;
  witness.root = mth(first(leaves, 6));
  WitnessClient client(witness.key(), stored.reader(), witness.post());
  const Verdict verdict = client.ask(sign_checkpoint({log.name, 11, mth(leaves), {}}, signer));
  return !verdict.line.empty() && witness.size == 11 && witness.requests == 2;
}

}  // namespace noroshi::test
