#include "proto/tlog/witness.h"

#include "tests/support/catch.h"
#include "tests/unit/tlog/reference.h"
#include "tests/unit/tlog/witness_double.h"

using namespace noroshi;
using namespace noroshi::tlog;
using namespace noroshi::test;

namespace {

struct Scene {
  wire::SigningKey signer = wire::make_signing_key();
  VerifierKey log = log_key("log.example", signer.public_key);
  WitnessDouble witness{log};

  std::string checkpoint(const Leaves& leaves) const {
    return sign_checkpoint({log.name, leaves.size(), mth(leaves), {}}, signer);
  }
};

// The client's reply to whatever a witness says to it.
Verdict answered(const WitnessReply& reply) {
  const Scene scene;
  const Leaves leaves = some_leaves(5);
  const Stored stored(leaves);
  return WitnessClient(scene.witness.key(), stored.reader(), [&](const std::string&) { return reply; })
      .ask(scene.checkpoint(leaves));
}

}  // namespace

TEST_CASE("a witness follows a growing log, whatever it has seen of it before") {
  const Leaves leaves = some_leaves(70);
  for (const std::uint64_t before : std::vector<std::uint64_t>{0, 1, 2, 31, 32, 33, 64, 69, 70}) {
    Scene scene;
    scene.witness.size = before;
    scene.witness.root = mth(first(leaves, before));
    const Stored stored(leaves);
    WitnessClient client(scene.witness.key(), stored.reader(), scene.witness.post());
    for (const std::uint64_t size : {std::uint64_t{70}, std::uint64_t{70}}) {
      const std::string note = scene.checkpoint(first(leaves, size));
      const Verdict verdict = client.ask(note);
      INFO(before << ": " << verdict.trouble);
      const std::vector<VerifierKey> witnesses{scene.witness.key()};
      const auto opened = open_checkpoint(note + verdict.line, scene.log, witnesses);
      REQUIRE(opened);
      CHECK(opened->witnessed == std::vector<Witnessed>{{0, 1'800'000'000}});
    }
    CHECK(scene.witness.requests == (before == 0 ? 2 : 3));
  }
}

TEST_CASE("what a witness has seen contradicts the log") {
  const Leaves leaves = some_leaves(9);
  const Stored stored(leaves);
  const auto verdict_of = [&](std::uint64_t size, const Hash& root) {
    Scene scene;
    scene.witness.size = size;
    scene.witness.root = root;
    const Verdict verdict =
        WitnessClient(scene.witness.key(), stored.reader(), scene.witness.post()).ask(scene.checkpoint(leaves));
    CHECK(verdict.line.empty());
    CHECK(verdict.contradiction);
    return verdict.trouble;
  };
  CHECK(verdict_of(10, mth(some_leaves(10))).find("longer log (10 ") != std::string::npos);
  CHECK(verdict_of(9, mth(some_leaves(9, 2))).find("another log of 9 ") != std::string::npos);
  CHECK(verdict_of(5, mth(some_leaves(5, 2))).find("the 5 entries that it has seen (422)") != std::string::npos);
}

TEST_CASE("whatever else a witness says is a trouble with words of its own, and no contradiction") {
  Scene other;
  const Leaves leaves = some_leaves(5);
  const auto a_line = other.witness.line("another text\n");
  struct Row {
    const char* name;
    WitnessReply reply;
    const char* words;
  };
  const Row rows[] = {
      {"no answer", {0, {}, {}, "no answer within seconds: 10"}, "no answer within seconds: 10"},
      {"a stranger's key", {200, {}, a_line, {}}, "its cosignature is none"},
      {"rubbish", {200, {}, "hello\n", {}}, "its cosignature is none"},
      {"nothing", {200, {}, {}, {}}, "its cosignature is none"},
      {"no newline", {200, {}, a_line.substr(0, a_line.size() - 1), {}}, "its cosignature is none"},
      {"not known", {404, {}, {}, {}}, "(404)"},
      {"not trusted", {403, {}, {}, {}}, "(403)"},
      {"bad request", {400, {}, {}, {}}, "HTTP 400"},
      {"out of order", {503, {}, {}, {}}, "HTTP 503"},
      {"conflict without a type", {409, {}, "3\n", {}}, "409"},
      {"conflict without a newline", {409, "text/x.tlog.size", "3", {}}, "409"},
      {"conflict without a number", {409, "text/x.tlog.size", "-3\n", {}}, "409"},
      {"conflict for ever", {409, "text/x.tlog.size", "3\n", {}}, "HTTP 409"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Verdict verdict = answered(row.reply);
    INFO(verdict.trouble);
    CHECK(verdict.line.empty());
    CHECK_FALSE(verdict.contradiction);
    CHECK(verdict.trouble.find(row.words) != std::string::npos);
  }
}
