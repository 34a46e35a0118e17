// Writes what a growing log publishes, for verify.py to check: tlog_emit FOLDER. Its keys are made anew each time.
//
//   log.vkey, witness.vkey          the verifier keys
//   SIZE/checkpoint                 signed by the log, cosigned by the witness
//   SIZE/tile/...                   tiles and entry bundles of the tree of that size
//   SIZE/proof/INDEX.tlog-proof     that the leaf of this index is in it
//   SIZE/consistency/OLD            that the tree of OLD leaves is its beginning: base64, a hash a line
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "proto/tlog/entry_leaf.h"
#include "proto/tlog/planted.h"
#include "proto/tlog/proof_file.h"
#include "proto/tlog/tiles.h"

namespace {

using namespace noroshi;
using namespace noroshi::tlog;
namespace fs = std::filesystem;

constexpr std::uint64_t kSizes[] = {0, 1, 2, 3, 7, 8, 21, 64, 255, 256, 257, 700, 1024};

void put(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << bytes;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

Entry entry_of(std::uint64_t seq) {
  Entry out;
  out.seq = Seq{seq};
  out.recorded_at = Micros{1'800'000'000'000'000} + static_cast<std::int64_t>(seq * 1000);
  out.kind = static_cast<EntryKind>(1 + seq % 5);
  out.leaf = wire::leaf_of(out.salt, "body " + std::to_string(seq));
  return out;
}

class Emitter {
 public:
  explicit Emitter(fs::path folder) : folder_(std::move(folder)) {
    put(folder_ / "log.vkey", to_text(VerifierKey{kOrigin, KeyType::ed25519, log_.public_key}) + "\n");
    put(folder_ / "witness.vkey", to_text(VerifierKey{kWitness, KeyType::cosignature_v1, witness_.public_key}) + "\n");
  }

  void grow_to(std::uint64_t size) {
    while (leaves_.size() < size) {
      leaves_.push_back(leaf_data(entry_of(leaves_.size() + 1)));
      for (const StoredHash& each : frontier_.append(leaf_hash(leaves_.back()))) hashes_[each.node] = each.hash;
    }
  }

  void publish() const {
    const fs::path folder = folder_ / std::to_string(leaves_.size());
    const std::string note = checkpoint();
    put(folder / "checkpoint", note);
    for (const Tile& tile : tiles_of(leaves_.size())) {
      put(folder / tile_path(tile), tile_hashes(tile, read_).take());
      if (tile.level == 0) put(folder / tile_path({{}, tile.index, tile.width}), bundle(tile));
    }
    const std::uint64_t size = leaves_.size();
    for (const std::uint64_t index : std::set<std::uint64_t>{0, 1, 5, size / 2, size - 2, size - 1})
      if (index < size)
        put(folder / "proof" / (std::to_string(index) + ".tlog-proof"),
            to_text(ProofFile{index, inclusion_proof(index, size, read_).take(), note, {}}));
    for (const std::uint64_t old : kSizes) {
      if (old > size) continue;
      std::string lines;
      for (const Hash& hash : consistency_proof(old, size, read_).take()) lines += wire::to_base64(octets(hash)) + "\n";
      put(folder / "consistency" / std::to_string(old), lines);
    }
  }

 private:
  static constexpr const char* kOrigin = "noroshi.example.jp";
  static constexpr const char* kWitness = "witness.example.jp/w1";

  std::string checkpoint() const {
    Note note = parse_note(sign_checkpoint({kOrigin, frontier_.size(), frontier_.root(), {}}, log_)).take();
    note.signatures.push_back(cosign_text(kWitness, witness_, note.text, 1'800'000'000 + frontier_.size()));
    return to_text(note);
  }

  Bytes bundle(const Tile& tile) const {
    return entry_bundle(std::span(leaves_).subspan(tile.index * kTileWidth, tile.width));
  }

  const fs::path folder_;
  const wire::SigningKey log_ = wire::make_signing_key(), witness_ = wire::make_signing_key();
  std::vector<Bytes> leaves_;
  Frontier frontier_;
  std::map<Node, Hash> hashes_;
  const HashReader read_ = [this](Node node) -> std::optional<Hash> {
    const auto found = hashes_.find(node);
    return found == hashes_.end() ? std::nullopt : std::optional(found->second);
  };
};

}  // namespace

int main(int argc, char** argv) {
#ifdef NOROSHI_PLANTED_BUGS  // tlog_emit_planted FOLDER BUG
  const std::map<std::string, Bug> bugs{{"leaf_prefix_dropped", Bug::leaf_prefix_dropped},
                                        {"proof_off_by_one", Bug::proof_off_by_one},
                                        {"tile_of_neighbour", Bug::tile_of_neighbour},
                                        {"tile_too_narrow", Bug::tile_too_narrow}};
  if (argc == 3) planted_bug = bugs.at(argv[--argc]);
#endif
  if (argc != 2) {
    std::fprintf(stderr, "tlog_emit FOLDER\n");
    return 2;
  }
  Emitter emitter(argv[1]);
  for (const std::uint64_t size : kSizes) {
    emitter.grow_to(size);
    emitter.publish();
  }
}
