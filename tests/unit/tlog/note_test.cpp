#include "proto/tlog/note.h"

#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::tlog;

namespace {

// golang.org/x/mod/sumdb/note, note_test.go.
const std::string kPeterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kEnochKey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const std::string kPeterSeed = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";  // the end of its signer's key
const std::string kText =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const std::string kPeterLine =
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const std::string kEnochLine =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

VerifierKey key(const std::string& text) { return parse_verifier_key(text).take(); }

wire::SigningKey peter() {
  const VerifierKey verifier = key(kPeterKey);
  wire::SigningKey out;
  out.public_key = verifier.key;
  out.secret = wire::SecretKey(wire::from_base64(kPeterSeed).value().substr(1) +
                               std::string(verifier.key.begin(), verifier.key.end()));
  return out;
}

using Signed = std::vector<SignedBy>;

}  // namespace

TEST_CASE("verifier keys: what is written is read") {
  for (const std::string& text : {kPeterKey, kEnochKey}) {
    CHECK(to_text(key(text)) == text);
    CHECK(key(text) == log_key(key(text).name, key(text).key));
  }
  // A witness's: github.com/transparency-dev/formats, note/note_cosigv1_test.go.
  const std::string witness = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
  CHECK(key(witness).type == KeyType::cosignature_v1);
  CHECK(to_text(key(witness)) == witness);
}

TEST_CASE("verifier keys: nothing else is one") {
  // As TestNewVerifier of golang.org/x/mod/sumdb/note does it.
  for (std::size_t i = 0; i <= kPeterKey.size(); ++i)
    for (std::size_t n = 0; n <= kPeterKey.size() - i; ++n)
      if (n != kPeterKey.size()) REQUIRE_FALSE(parse_verifier_key(kPeterKey.substr(i, n)));
  for (std::size_t i = 0; i < kPeterKey.size(); ++i) {
    std::string other = kPeterKey;
    ++other[i];
    REQUIRE_FALSE(parse_verifier_key(other));
  }
  struct Row {
    const char* text;
    Fault fault;
  };
  for (const Row& row : {
           Row{"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", Fault::bad_verifier_key},
           Row{"PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", Fault::unknown_key_type},
           Row{"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", Fault::key_id_mismatch},
           Row{"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", Fault::key_id_mismatch},
           Row{"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", Fault::bad_key_name},
           Row{"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", Fault::bad_key_name},
           Row{"rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!", Fault::bad_verifier_key},
           Row{"PeterNeumann+c74f20a3", Fault::bad_verifier_key},
           Row{"", Fault::bad_verifier_key},
       }) {
    INFO(row.text);
    CHECK(parse_verifier_key(row.text).fault() == row.fault);
  }
}

TEST_CASE("key names") {
  for (const char* good : {"a", "example.com/behind-the-sofa", "狼煙", "é", "\x7f"}) CHECK(is_key_name(good));
  for (const char* bad :
       {"", " ", "a b", "a+b", "a\tb", "a\nb", "a\u00A0b", "狼\u3000煙", "\u2028", "\u0085", "\xff"}) {
    INFO(bad);
    CHECK_FALSE(is_key_name(bad));
  }
}

TEST_CASE("notes: the published one is signed and read") {
  const NoteSignature signature = sign_text("PeterNeumann", peter(), kText);
  CHECK(to_text({kText, {signature}}) == kText + "\n" + kPeterLine);
  const auto read = parse_note(kText + "\n" + kPeterLine + kEnochLine);
  REQUIRE(read);
  CHECK(read->text == kText);
  REQUIRE(read->signatures.size() == 2);
  CHECK(read->signatures[0] == signature);
  CHECK(read->signatures[1].name == "EnochRoot");
  CHECK(read->signatures[1].key_id == 0xaf0cfe78);
  CHECK(to_text(*read) == kText + "\n" + kPeterLine + kEnochLine);
}

TEST_CASE("notes: who has signed") {
  const std::vector<VerifierKey> both{key(kPeterKey), key(kEnochKey)}, first{both[0]}, twice{both[1], both[0], both[1]};
  const std::string note = kText + "\n" + kPeterLine + kEnochLine;
  const auto signed_by = [](const std::string& text, const std::vector<VerifierKey>& keys) {
    const auto opened = open_note(text, keys);
    INFO(describe(opened.problem()));
    REQUIRE(opened);
    return opened->signed_by;
  };
  CHECK(signed_by(note, both) == Signed{{0, {}}, {1, {}}});
  CHECK(signed_by(note, first) == Signed{{0, {}}});  // the other one is ignored
  CHECK(signed_by(kText + "\n" + kPeterLine + kPeterLine + kEnochLine, both) == Signed{{0, {}}, {1, {}}});
  CHECK(signed_by(kText + "\n" + kPeterLine, twice) == Signed{{1, {}}});
  CHECK(open_note(kText + "\n" + kEnochLine, twice).fault() == Fault::ambiguous_key);
  CHECK(open_note(note, {}).fault() == Fault::no_known_signature);
  CHECK(open_note(kText + "\n" + kEnochLine, first).fault() == Fault::no_known_signature);
  // A known name with another id, and a known id with another name, are strangers.
  std::string other_id = kPeterLine, other_name = kPeterLine;
  other_id.replace(other_id.find("x08g"), 4, "x08h");
  other_name.replace(other_name.find("Peter"), 5, "Petra");
  CHECK(open_note(kText + "\n" + other_id, first).fault() == Fault::no_known_signature);
  CHECK(open_note(kText + "\n" + other_name, first).fault() == Fault::no_known_signature);
  CHECK(signed_by(kText + "\n" + other_id + kPeterLine, first) == Signed{{0, {}}});
  // One bad signature of a known key spoils the good ones.
  std::string bad = kEnochLine;
  bad.replace(bad.find("zmZa"), 4, "zmZb");
  CHECK(open_note(kText + "\n" + kPeterLine + bad, both).fault() == Fault::signature_invalid);
  CHECK(open_note(kText + "\n" + kPeterLine + kEnochLine + bad, both).fault() == Fault::signature_invalid);
  std::string longer = kPeterLine;  // as TestOpen inserts it
  longer.insert(60, "ABCD");
  CHECK(open_note(kText + "\n" + longer, first).fault() == Fault::signature_invalid);
  CHECK(open_note("x" + kText + "\n" + kPeterLine, first).fault() == Fault::signature_invalid);
}

TEST_CASE("notes: nothing else is one") {
  struct Row {
    std::string text;
    Problem problem;
  };
  std::string many = kText + "\n";
  for (int i = 0; i < 101; ++i) many += kPeterLine;
  for (const Row& row : {
           Row{kText, {Fault::no_signatures}},
           Row{kText + "\n", {Fault::no_signatures}},
           Row{"", {Fault::no_signatures}},
           Row{kText + "\n" + kPeterLine.substr(0, kPeterLine.size() - 1), {Fault::no_signatures, 4}},
           Row{"\x01" + kText + "\n" + kPeterLine, {Fault::not_utf8}},
           Row{"\t" + kText + "\n" + kPeterLine, {Fault::not_utf8}},
           Row{"\r\n" + kText + "\n" + kPeterLine, {Fault::not_utf8}},
           Row{"\xff" + kText + "\n" + kPeterLine, {Fault::not_utf8}},
           Row{kText + "\n— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
                       "KE6RyyBwJnAM=\n",
               {Fault::bad_signature_line, 4}},
           Row{kText + "\n" + kPeterLine + "Unexpected line.\n", {Fault::bad_signature_line, 5}},
           Row{kText + "\n- PeterNeumann x08go/ZJ\n", {Fault::bad_signature_line, 4}},
           Row{kText + "\n— PeterNeumann\n", {Fault::bad_signature_line, 4}},
           Row{kText + "\n— PeterNeumann x08gow==\n", {Fault::bad_signature_line, 4}},  // nothing after the key id
           Row{kText + "\n— PeterNeumann x08go/Z=\n", {Fault::bad_signature_line, 4}},
           Row{kText + "\n— PeterNeumann  x08go/ZJ\n", {Fault::bad_signature_line, 4}},
           Row{many, {Fault::too_long, 104}},
           Row{std::string(kMaxNoteBytes, 'x') + "\n\n" + kPeterLine, {Fault::too_long}},
       }) {
    INFO(row.text);
    const auto read = parse_note(row.text);
    CHECK_FALSE(read);
    CHECK(read.problem() == row.problem);
  }
  const auto empty_lines = parse_note("a\n\nb\n\n" + kPeterLine);  // the last empty line counts
  REQUIRE(empty_lines);
  CHECK(empty_lines->text == "a\n\nb\n");
}

TEST_CASE("cosignatures: framed as the published one") {
  // https://c2sp.org/tlog-cosignature, its example and the signed message of it.
  const auto read = parse_note(
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
      "— witness.example.com/w1 "
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n");
  REQUIRE(read);
  const NoteSignature& signature = read->signatures.at(0);
  CHECK(signature.name == "witness.example.com/w1");
  CHECK(signature.bytes.size() == 8 + 64);
  CHECK(wire::to_hex(signature.bytes.substr(0, 8)) == "00000000641850cb");  // 1679315147
}

TEST_CASE("cosignatures: over the time and the text") {
  const wire::SigningKey secret = wire::make_signing_key();
  const VerifierKey witness{"witness.example/w1", KeyType::cosignature_v1, secret.public_key};
  const std::uint64_t time = 1'679'315'147;
  const NoteSignature signature = cosign_text(witness.name, secret, kText, time);
  CHECK(wire::verify(secret.public_key, "", "cosignature/v1\ntime 1679315147\n" + kText, signature.bytes.substr(8)));
  const auto opened = [&](const NoteSignature& s, const std::string& text, KeyType type = KeyType::cosignature_v1) {
    VerifierKey known = witness;
    known.type = type;
    return open_note(to_text({text, {s}}), std::vector{known});
  };
  REQUIRE(opened(signature, kText));
  CHECK(opened(signature, kText)->signed_by == Signed{{0, time}});
  CHECK(opened(signature, "x" + kText).fault() == Fault::signature_invalid);
  NoteSignature later = signature;
  later.bytes[7] ^= 1;
  CHECK(opened(later, kText).fault() == Fault::signature_invalid);
  NoteSignature cut = signature;
  cut.bytes.resize(7);
  CHECK(opened(cut, kText).fault() == Fault::signature_invalid);
  CHECK(opened(signature, kText, KeyType::ed25519).fault() == Fault::no_known_signature);  // another key id
  // The same key under both types: what it signs as one is none as the other.
  NoteSignature passed_off = sign_text(witness.name, secret, kText);
  passed_off.key_id = key_id(witness);
  CHECK(opened(passed_off, kText).fault() == Fault::signature_invalid);
  const NoteSignature too_late = cosign_text(witness.name, secret, kText, std::uint64_t{1} << 63);
  CHECK(opened(too_late, kText).fault() == Fault::signature_invalid);
}
