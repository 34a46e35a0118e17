// When witnesses are asked for what, and what is made of their answers.
#include "broker/runtime/cosignatures.h"

#include "proto/tlog/checkpoint.h"
#include "proto/wire/signing.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using runtime::Cosignatures;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Scene {
  explicit Scene(std::size_t witnesses)
      : cosignatures(std::vector<runtime::WitnessSettings>(witnesses, {"w", {}, {}})) {}

  std::string due(std::size_t witness) { return cosignatures.due(witness, newest, now); }
  bool cosigns(std::size_t witness, const std::string& checkpoint) {
    return cosignatures.answered(witness, checkpoint, {"line of " + std::to_string(witness) + "\n", {}, false}, now,
                                 at);
  }
  bool fails(std::size_t witness, const std::string& trouble = "HTTP 503") {
    return cosignatures.answered(witness, newest, {{}, trouble, false}, now, at);
  }
  http::WitnessState state(std::size_t witness) { return cosignatures.states().at(witness); }

  static std::string checkpoint(std::uint64_t size) {
    static const wire::SigningKey key = wire::make_signing_key();
    return tlog::sign_checkpoint({"log.example", size, tlog::empty_root(), {}}, key);
  }

  Cosignatures cosignatures;
  std::string newest = checkpoint(5);
  Cosignatures::Time now{seconds(1000)};
  Micros at{7};
};

}  // namespace

TEST_CASE("what is not published, or of an empty log, is laid before nobody") {
  Scene s(1);
  s.newest.clear();
  CHECK(s.due(0).empty());
  s.newest = Scene::checkpoint(0);
  CHECK(s.due(0).empty());
}

TEST_CASE("a witness is asked once for a checkpoint, and after ten minutes once more") {
  Scene s(1);
  CHECK(s.due(0) == s.newest);
  CHECK(s.cosigns(0, s.newest));
  CHECK(s.due(0).empty());
  s.now += minutes(10) - milliseconds(1);
  CHECK(s.due(0).empty());
  s.now += milliseconds(1);
  CHECK(s.due(0) == s.newest);
  CHECK_FALSE(s.cosigns(0, s.newest));
  CHECK(s.due(0).empty());
  CHECK(s.state(0).size == 5);
  CHECK(s.state(0).at == Micros{7});
}

TEST_CASE("all witnesses get the same checkpoint, another one at most once a second") {
  Scene s(2);
  const std::string five = s.due(0);
  s.newest = Scene::checkpoint(6);
  s.now += milliseconds(999);
  CHECK(s.due(1) == five);
  s.now += milliseconds(1);
  CHECK(s.due(1) == s.newest);
  CHECK(s.due(0) == s.newest);
}

TEST_CASE("a checkpoint is served with the cosignatures that there are of it, and of no other") {
  Scene s(2);
  CHECK(s.cosignatures.on(s.newest) == s.newest);
  s.due(0);
  s.cosigns(1, s.newest);
  CHECK(s.cosignatures.on(s.newest) == s.newest + "line of 1\n");
  CHECK(s.cosignatures.witnessed().empty());
  s.cosigns(0, s.newest);
  CHECK(s.cosignatures.on(s.newest) == s.newest + "line of 0\nline of 1\n");
  CHECK(s.cosignatures.witnessed() == s.newest + "line of 0\nline of 1\n");
  CHECK(s.cosignatures.on(Scene::checkpoint(6)) == Scene::checkpoint(6));
}

TEST_CASE("a slow witness and a fast one meet at the newest checkpoint that both have cosigned") {
  Scene s(2);
  const std::string five = s.due(0);
  s.cosigns(0, five);
  for (std::uint64_t size = 6; size < 12; ++size) {
    s.newest = Scene::checkpoint(size);
    s.now += seconds(1);
    s.cosigns(0, s.due(0));
  }
  CHECK(s.cosignatures.witnessed().empty());
  s.cosigns(1, five);
  CHECK(s.cosignatures.witnessed() == five + "line of 0\nline of 1\n");
  s.cosigns(1, Scene::checkpoint(11));
  CHECK(s.cosignatures.witnessed() == Scene::checkpoint(11) + "line of 0\nline of 1\n");
  s.cosigns(1, five);  // late: never back
  CHECK(s.cosignatures.witnessed() == Scene::checkpoint(11) + "line of 0\nline of 1\n");
}

TEST_CASE("a witness in trouble is left out of what all have cosigned, until it is well again") {
  Scene s(2);
  s.cosigns(0, s.due(0));
  CHECK(s.cosignatures.witnessed().empty());
  CHECK(s.fails(1));
  CHECK(s.cosignatures.witnessed() == s.newest + "line of 0\n");
  s.cosigns(1, s.newest);
  CHECK(s.cosignatures.witnessed() == s.newest + "line of 0\nline of 1\n");
  s.fails(0);
  s.fails(1);
  CHECK(s.cosignatures.witnessed() == s.newest + "line of 0\nline of 1\n");
}

TEST_CASE("failures are told when they are another, and pause longer and longer, a minute at the most") {
  Scene s(1);
  s.due(0);
  for (const int pause : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    CHECK(s.fails(0) == (pause == 1));
    s.now += seconds(pause) - milliseconds(1);
    CHECK(s.due(0).empty());
    s.now += milliseconds(1);
    CHECK(s.due(0) == s.newest);
  }
  CHECK(s.fails(0, "HTTP 500"));
  CHECK(s.state(0).failures == 10);
  CHECK(s.state(0).trouble == "HTTP 500");
  CHECK(s.cosigns(0, s.newest));
  CHECK(s.state(0).trouble.empty());
  CHECK(s.fails(0, "HTTP 500"));
  s.now += seconds(1);
  s.newest = Scene::checkpoint(6);
  CHECK(s.due(0) == s.newest);
}
