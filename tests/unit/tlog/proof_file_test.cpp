#include "proto/tlog/proof_file.h"

#include "tests/support/catch.h"
#include "tests/unit/tlog/reference.h"

using namespace noroshi;
using namespace noroshi::tlog;

namespace {

constexpr std::uint64_t kIndex = 5;

struct Logged {
  wire::SigningKey secret = wire::make_signing_key();
  VerifierKey key{"noroshi.example.jp", KeyType::ed25519, secret.public_key};
  test::Leaves leaves = test::some_leaves(13);
  test::Stored stored{leaves};
  ProofFile file = proof_of(kIndex);

  ProofFile proof_of(std::uint64_t index) const {
    return {index,
            inclusion_proof(index, leaves.size(), stored.reader()).take(),
            sign_checkpoint({key.name, leaves.size(), stored.frontier().root(), {}}, secret),
            {}};
  }
};

}  // namespace

TEST_CASE("proof files: written, read, opened") {
  const Logged log;
  for (std::uint64_t index = 0; index < log.leaves.size(); ++index) {
    ProofFile file = log.proof_of(index);
    for (const Bytes& extra : {Bytes{}, Bytes("any\0thing", 9)}) {
      file.extra = extra;
      const std::string text = to_text(file);
      const auto read = parse_proof_file(text);
      REQUIRE(read);
      CHECK(*read == file);
      const auto opened = open_proof_file(text, log.leaves[index], log.key);
      REQUIRE(opened);
      CHECK(opened->checkpoint.size == log.leaves.size());
      CHECK(open_proof_file(text, log.leaves[(index + 1) % 13], log.key).fault() == Fault::root_mismatch);
    }
  }
}

TEST_CASE("proof files: laid out as specified") {
  // https://c2sp.org/tlog-proof, its example; the signatures there are abbreviated, so this one is another log's.
  const std::string text =
      "c2sp.org/tlog-proof@v1\n"
      "extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ\n"
      "index 73894\n"
      "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
      "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
      "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\n"
      "RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\n"
      "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n"
      "\n"
      "example.com/fancylog\n"
      "109482\n"
      "sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n"
      "\n"
      "— example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
  const auto read = parse_proof_file(text);
  INFO(describe(read.problem()));
  REQUIRE(read);
  CHECK(read->index == 73894);
  CHECK(read->proof.size() == 5);
  CHECK(read->checkpoint.starts_with("example.com/fancylog\n109482\n"));
  CHECK(read->extra.starts_with("age-v1.2.1-darwin-arm64.tar.g"));
  CHECK(to_text(*read) == text);
}

TEST_CASE("proof files: not one bit, not one line may differ") {
  const Logged log;
  const std::string text = to_text(log.file);
  for (std::size_t at = 0; at < text.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      INFO(at << " " << changed);
      REQUIRE_FALSE(open_proof_file(changed, log.leaves[kIndex], log.key));
    }
  for (std::size_t size = 0; size < text.size(); ++size)
    REQUIRE_FALSE(open_proof_file(text.substr(0, size), log.leaves[kIndex], log.key));
  for (const char* more : {"\n", "x", "x\n", "— stranger\n"})
    CHECK_FALSE(open_proof_file(text + more, log.leaves[kIndex], log.key));
}

TEST_CASE("proof files: what is wrong, and in which line") {
  const Logged log;
  const std::string head = "c2sp.org/tlog-proof@v1\n", index = "index 5\n", note = log.file.checkpoint;
  const std::string hash = wire::to_base64(octets(log.file.proof[0])) + "\n";
  std::string hashes;
  for (const Hash& each : log.file.proof) hashes += wire::to_base64(octets(each)) + "\n";
  std::string many;
  for (int i = 0; i < 64; ++i) many += hash;
  struct Row {
    std::string text;
    Problem problem;
  };
  for (const Row& row : {
           Row{"", {Fault::bad_header, 1}},
           Row{"c2sp.org/tlog-proof@v2\n" + index + hashes + "\n" + note, {Fault::bad_header, 1}},
           Row{head, {Fault::bad_index_line, 2}},
           Row{head + hashes + "\n" + note, {Fault::bad_index_line, 2}},
           Row{head + "index 05\n" + hashes + "\n" + note, {Fault::bad_number, 2}},
           Row{head + "index -1\n" + hashes + "\n" + note, {Fault::bad_number, 2}},
           Row{head + "index \n" + hashes + "\n" + note, {Fault::bad_number, 2}},
           Row{head + "index 9223372036854775808\n" + hashes + "\n" + note, {Fault::bad_number, 2}},
           Row{head + "extra \n" + index + hashes + "\n" + note, {Fault::bad_extra, 2}},
           Row{head + "extra !\n" + index + hashes + "\n" + note, {Fault::bad_extra, 2}},
           Row{head + "extra AAAA\nextra AAAA\n" + index + hashes + "\n" + note, {Fault::bad_index_line, 3}},
           Row{head + index + "extra AAAA\n" + hashes + "\n" + note, {Fault::bad_hash, 3}},
           Row{head + index + "AAAA\n\n" + note, {Fault::bad_hash, 3}},
           Row{head + index + many + "\n" + note, {Fault::proof_length, 66}},
           Row{head + index + hash, {Fault::unfinished, 4}},
           Row{head + index + hash + "\n", {Fault::no_signatures}},
           Row{head + index + hash + "\nonly a text\n\n— x AAAAAAA=\n", {Fault::bad_checkpoint, 6}},
           Row{head + index + hash + "\n" + note + "x\n", {Fault::bad_signature_line, 10}},
           Row{head + std::string(kMaxNoteBytes, 'x'), {Fault::too_long}},
       }) {
    INFO(row.text);
    const auto read = parse_proof_file(row.text);
    CHECK_FALSE(read);
    CHECK(read.problem() == row.problem);
  }
  // A proof for another index, and one that is too short, have the right form.
  ProofFile other = log.file;
  other.index = 6;
  CHECK(open_proof_file(to_text(other), log.leaves[kIndex], log.key).fault() == Fault::root_mismatch);
  other.index = 13;
  CHECK(open_proof_file(to_text(other), log.leaves[kIndex], log.key).fault() == Fault::index_outside_tree);
  other = log.file;
  other.proof.pop_back();
  CHECK(open_proof_file(to_text(other), log.leaves[kIndex], log.key).fault() == Fault::proof_length);
}
