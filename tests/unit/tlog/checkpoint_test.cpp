#include "proto/tlog/checkpoint.h"

#include "tests/support/catch.h"
#include "tests/unit/tlog/reference.h"

using namespace noroshi;
using namespace noroshi::tlog;

namespace {

// https://c2sp.org/tlog-checkpoint, its example.
const std::string kExample =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const std::string kExampleLine =
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

struct Log {
  wire::SigningKey secret = wire::make_signing_key();
  VerifierKey key{"noroshi.example.jp", KeyType::ed25519, secret.public_key};
  Checkpoint head{"noroshi.example.jp", 8, test::ct_roots()[8], {}};
};

}  // namespace

TEST_CASE("checkpoints: the published one") {
  const auto note = parse_note(kExample + "\n" + kExampleLine);
  REQUIRE(note);
  const auto read = parse_checkpoint(note->text);
  REQUIRE(read);
  CHECK(read->origin == "example.com/behind-the-sofa");
  CHECK(read->size == 20852163);
  CHECK(read->extensions.empty());
  CHECK(to_text(*read) == kExample);
  const auto longer = parse_checkpoint(kExample + "one\ntwo more\n");
  REQUIRE(longer);
  CHECK(longer->extensions == std::vector<std::string>{"one", "two more"});
  CHECK(to_text(*longer) == kExample + "one\ntwo more\n");
}

TEST_CASE("checkpoints: nothing else is one") {
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  struct Row {
    std::string text;
    Problem problem;
  };
  for (const Row& row : {
           Row{"", {Fault::bad_checkpoint, 1}},
           Row{"\n1\n" + root, {Fault::bad_checkpoint, 1}},
           Row{"a", {Fault::bad_checkpoint, 1}},
           Row{"a\n", {Fault::bad_checkpoint, 2}},
           Row{"a\n1", {Fault::bad_checkpoint, 2}},
           Row{"a\n\n" + root, {Fault::bad_number, 2}},
           Row{"a\n01\n" + root, {Fault::bad_number, 2}},
           Row{"a\n00\n" + root, {Fault::bad_number, 2}},
           Row{"a\n-1\n" + root, {Fault::bad_number, 2}},
           Row{"a\n+1\n" + root, {Fault::bad_number, 2}},
           Row{"a\n 1\n" + root, {Fault::bad_number, 2}},
           Row{"a\n1 \n" + root, {Fault::bad_number, 2}},
           Row{"a\n0x1\n" + root, {Fault::bad_number, 2}},
           Row{"a\n１\n" + root, {Fault::bad_number, 2}},
           Row{"a\n9223372036854775808\n" + root, {Fault::bad_number, 2}},
           Row{"a\n18446744073709551617\n" + root, {Fault::bad_number, 2}},
           Row{"a\n1\n", {Fault::bad_checkpoint, 3}},
           Row{"a\n1\n\n", {Fault::bad_hash, 3}},
           Row{"a\n1\n" + root.substr(1), {Fault::bad_hash, 3}},
           Row{"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n", {Fault::bad_hash, 3}},
           Row{"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", {Fault::bad_hash, 3}},
           Row{"a\n1\nCsUYapGGPo4dkMgIAUqomw==\n", {Fault::bad_hash, 3}},
           Row{"a\n1\n" + root.substr(0, root.size() - 1), {Fault::bad_checkpoint, 3}},
           Row{"a\n1\n" + root + "\n", {Fault::bad_checkpoint, 4}},
           Row{"a\n1\n" + root + "x\n\ny\n", {Fault::bad_checkpoint, 5}},
           Row{"a\n1\n" + root + "x", {Fault::bad_checkpoint, 4}},
       }) {
    INFO(row.text);
    const auto read = parse_checkpoint(row.text);
    CHECK_FALSE(read);
    CHECK(read.problem() == row.problem);
  }
  CHECK(parse_checkpoint("a\n0\n" + root));
  CHECK(parse_checkpoint("a\n9223372036854775807\n" + root)->size == kMaxTreeSize);
}

TEST_CASE("checkpoints: signed by the log, and by witnesses") {
  const Log log;
  const std::string note = sign_checkpoint(log.head, log.secret);
  CHECK(note.starts_with("noroshi.example.jp\n8\nXcnaeacGWamtVZy3Ad7Zoqudgjqt" /* ct_roots()[8] */));
  const auto opened = open_checkpoint(note, log.key);
  REQUIRE(opened);
  CHECK(opened->checkpoint == log.head);
  CHECK(opened->witnessed.empty());

  const wire::SigningKey secret = wire::make_signing_key();
  const std::vector<VerifierKey> witnesses{{"w0", KeyType::cosignature_v1, log.secret.public_key},
                                           {"w1", KeyType::cosignature_v1, secret.public_key}};
  Note both = parse_note(note).take();
  both.signatures.push_back(cosign_text("w1", secret, both.text, 1'800'000'000));
  const auto witnessed = open_checkpoint(to_text(both), log.key, witnesses);
  REQUIRE(witnessed);
  CHECK(witnessed->witnessed == std::vector<Witnessed>{{1, 1'800'000'000}});
  CHECK(open_checkpoint(to_text(both), log.key)->witnessed.empty());  // an unknown witness is nobody

  // A witness is not the log.
  both.signatures.erase(both.signatures.begin());
  CHECK(open_checkpoint(to_text(both), log.key, witnesses).fault() == Fault::log_signature_missing);
  CHECK(open_checkpoint(to_text(both), log.key).fault() == Fault::no_known_signature);
}

TEST_CASE("checkpoints: what was changed is refused") {
  const Log log, other;
  const std::string note = sign_checkpoint(log.head, log.secret);
  const std::size_t text_end = note.find("\n\n") + 1;
  for (std::size_t at = 0; at < note.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = note;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      INFO(at << " " << changed);
      const auto opened = open_checkpoint(changed, log.key);
      REQUIRE_FALSE(opened);
      if (at < text_end && opened.fault() == Fault::none) FAIL("refused without a reason");
    }
  CHECK(open_checkpoint(note, other.key).fault() == Fault::no_known_signature);
  Checkpoint foreign = log.head;
  foreign.origin = "other.example.jp";
  Note note_of_another{to_text(foreign), {}};
  note_of_another.signatures.push_back(sign_text(log.key.name, log.secret, note_of_another.text));
  CHECK(open_checkpoint(to_text(note_of_another), log.key).problem() == Problem{Fault::origin_mismatch, 1});
  Note no_checkpoint{"only a text\n", {}};
  no_checkpoint.signatures.push_back(sign_text(log.key.name, log.secret, no_checkpoint.text));
  CHECK(open_checkpoint(to_text(no_checkpoint), log.key).problem() == Problem{Fault::bad_checkpoint, 2});
  foreign.origin = "not a name";
  CHECK_THROWS(sign_checkpoint(foreign, log.secret));
}
