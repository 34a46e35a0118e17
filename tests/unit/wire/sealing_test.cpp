#include "proto/wire/sealing.h"

#include "proto/wire/compress.h"
#include "proto/wire/signing.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::wire;

TEST_CASE("sealed frames open in order, and only so") {
  const Bytes key = random_bytes(kSessionKeyBytes);
  Sealer sealer(key);
  const std::vector<Bytes> sealed{sealer.seal("one"), sealer.seal(""), sealer.seal(std::string(100'000, 'x')),
                                  sealer.seal("four")};
  const auto opener = [&] { return Opener::make(key, sealer.header()).value(); };

  SECTION("in order") {
    auto o = opener();
    CHECK(o.open(sealed[0]) == "one");
    CHECK(o.open(sealed[1]) == "");
    CHECK(o.open(sealed[2]) == std::string(100'000, 'x'));
    CHECK(o.open(sealed[3]) == "four");
  }
  SECTION("a frame again") {
    auto o = opener();
    CHECK(o.open(sealed[0]));
    CHECK_FALSE(o.open(sealed[0]));
  }
  SECTION("a frame lost") {
    auto o = opener();
    CHECK(o.open(sealed[0]));
    CHECK_FALSE(o.open(sealed[2]));
  }
  SECTION("two frames exchanged") {
    auto o = opener();
    CHECK_FALSE(o.open(sealed[1]));
  }
  SECTION("a strange frame does no harm to the session") {
    auto o = opener();
    CHECK_FALSE(o.open("what is this"));
    CHECK_FALSE(o.open(""));
    CHECK_FALSE(o.open(random_bytes(200)));
    CHECK(o.open(sealed[0]) == "one");
  }
  SECTION("any octet changed, any length") {
    for (std::size_t i = 0; i < sealed[0].size(); ++i) {
      auto o = opener();
      Bytes altered = sealed[0];
      altered[i] = static_cast<char>(altered[i] ^ 1);
      CHECK_FALSE(o.open(altered));
      CHECK_FALSE(o.open(sealed[0].substr(0, i)));
    }
  }
  SECTION("another key, another session of the same key") {
    CHECK_FALSE(Opener::make(random_bytes(kSessionKeyBytes), sealer.header())->open(sealed[0]));
    CHECK_FALSE(Opener::make(key, Sealer(key).header())->open(sealed[0]));
  }
  SECTION("wrong sizes") {
    CHECK_FALSE(Opener::make(key.substr(1), sealer.header()));
    CHECK_FALSE(Opener::make(key, sealer.header().substr(1)));
    CHECK_FALSE(Opener::make("", ""));
    CHECK_THROWS_AS(Sealer("short"), std::logic_error);
  }
}

TEST_CASE("compression") {
  const std::string raw(100'000, 'n');
  const Bytes packed = compress(raw);
  CHECK(packed.size() < 1000);
  CHECK(decompress(packed, raw.size()) == raw);
  CHECK_FALSE(decompress(packed, raw.size() - 1));  // the cap is on what comes out
  CHECK_FALSE(decompress(packed, 0));
  CHECK(decompress(compress(""), 0) == "");
  CHECK_FALSE(decompress("", 100));
  CHECK_FALSE(decompress("no zstd at all", 1000));
  CHECK_FALSE(decompress(packed + packed, 10 * raw.size()));  // two frames are not one
  CHECK_FALSE(decompress(packed + "x", 10 * raw.size()));
  const Bytes noise = random_bytes(5000);
  const Bytes dense = compress(noise);
  CHECK(decompress(dense, 5000) == noise);
  for (std::size_t n = 0; n < dense.size(); n += 7) CHECK_FALSE(decompress(dense.substr(0, n), 5000));
}
