// What strangers hand to whoever checks a log: notes, checkpoints, proof files, verifier keys, paths of tiles, bundles, proofs,
// cosignatures. The first byte says which.
#include "proto/tlog/proof_file.h"
#include "proto/tlog/tiles.h"
#include "proto/tlog/witness.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace noroshi;
using fuzz::promise;

const tlog::VerifierKey& log_key() {
  static const tlog::VerifierKey key{"noroshi.example.jp", tlog::KeyType::ed25519,
                                     fuzz::fixed_signing_key('l').public_key};
  return key;
}

const tlog::VerifierKey& witness_key() {
  static const tlog::VerifierKey key{"witness.example.jp/w1", tlog::KeyType::cosignature_v1,
                                     fuzz::fixed_signing_key('w').public_key};
  return key;
}

// It has one spelling; or a fault that can be told.
template <class T, class Write>
void check_form(const tlog::Result<T>& read, const std::string& text, Write write) {
  promise(static_cast<bool>(read) == (read.fault() == tlog::Fault::none), "either a value or a fault");
  if (read)
    promise(write(*read) == text, "what is read is written the same way");
  else
    promise(tlog::describe(read.problem()).size() > 8, "an error says what is wrong");
}

template <class T>
void check_text(const tlog::Result<T>& read, const std::string& text) {
  check_form(read, text, [](const T& value) { return tlog::to_text(value); });
}

void note(const std::string& text) {
  check_text(tlog::parse_note(text), text);
  const std::vector<tlog::VerifierKey> keys{log_key(), witness_key()};
  if (const auto opened = tlog::open_note(text, keys))
    promise(!opened->signed_by.empty() && opened->signed_by.size() <= 2, "somebody we know has signed, each once");
}

// What a witness answers to a checkpoint.
void cosignature(const std::string& text) {
  const std::string note = tlog::to_text(tlog::Checkpoint{log_key().name, 0, tlog::empty_root(), {}});
  const auto line = tlog::cosignature_in(text, note, witness_key());
  if (line)
    promise(static_cast<bool>(tlog::open_note(note + "\n" + *line, std::vector{witness_key()})),
            "what is taken over signs this checkpoint");
  else
    promise(tlog::describe(line.problem()).size() > 8, "an error says what is wrong");
}

void checkpoint(const std::string& text) { check_text(tlog::parse_checkpoint(text), text); }

void signed_checkpoint(const std::string& text) {
  const auto opened = tlog::open_checkpoint(text, log_key(), std::vector{witness_key()});
  if (opened) promise(opened->checkpoint.origin == log_key().name, "only checkpoints of the log open");
}

void proof_file(const std::string& text) {
  check_text(tlog::parse_proof_file(text), text);
  if (const auto opened = tlog::open_proof_file(text, "leaf 5", log_key()))
    promise(tlog::parse_proof_file(text)->index < opened->checkpoint.size, "what is proven is in the tree");
}

void verifier_key(const std::string& text) { check_text(tlog::parse_verifier_key(text), text); }

void tile_path(const std::string& text) { check_form(tlog::parse_tile_path(text), text, tlog::tile_path); }

void bundle(const std::string& text) {
  check_form(tlog::parse_entry_bundle(text), text, [](const auto& leaves) { return tlog::entry_bundle(leaves); });
}

// Sizes, roots and a proof of any kind: refused or not, but soon. A proof of one place is none of another.
void proof(const std::string& bytes) {
  fuzz::Input input(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const auto number = [&input] {
    std::uint64_t out = 0;
    for (int i = 0; i < 8; ++i) out = out << 8 | input.byte();
    return out;
  };
  const auto hash = [&input] {
    Hash out{};
    for (std::uint8_t& octet : out) octet = input.byte();
    return out;
  };
  const std::uint64_t small = number(), large = number();
  const Hash first = hash(), second = hash();
  tlog::Proof hashes;
  while (!input.empty()) hashes.push_back(hash());
  if (tlog::verify_inclusion(small, large, first, second, hashes) == tlog::Fault::none)
    promise(small < large && hashes.size() < 64, "a proven leaf is in the tree");
  if (tlog::verify_consistency(small, first, large, second, hashes) == tlog::Fault::none)
    promise(small <= large && hashes.size() <= 64, "the older tree is not the larger one");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  constexpr void (*kForms[])(const std::string&) = {
      note, checkpoint, signed_checkpoint, proof_file, verifier_key, tile_path, bundle, proof, cosignature};
  const std::size_t which = input.byte() % std::size(kForms);
  kForms[which](std::string(input.rest()));
  return 0;
}
