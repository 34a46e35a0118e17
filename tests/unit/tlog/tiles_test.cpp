#include "proto/tlog/tiles.h"

#include "tests/support/catch.h"
#include "tests/unit/tlog/reference.h"

using namespace noroshi;
using namespace noroshi::tlog;

TEST_CASE("tiles: paths") {
  struct Row {
    Tile tile;
    const char* path;
  };
  for (const Row& row : {
           Row{{0, 1'234'067, 256}, "tile/0/x001/x234/067"},  // https://c2sp.org/tlog-tiles, its example
           Row{{0, 0, 256}, "tile/0/000"},
           Row{{0, 999, 7}, "tile/0/999.p/7"},
           Row{{3, 1000, 255}, "tile/3/x001/000.p/255"},
           Row{{7, 0, 1}, "tile/7/000.p/1"},
           Row{{{}, 0, 256}, "tile/entries/000"},
           Row{{{}, 273, 112}, "tile/entries/273.p/112"},
           Row{{{}, 1'000'000, 256}, "tile/entries/x001/x000/000"},
       }) {
    CHECK(tile_path(row.tile) == row.path);
    const auto read = parse_tile_path(row.path);
    INFO(row.path);
    REQUIRE(read);
    CHECK(*read == row.tile);
  }
  for (const char* bad : {"",
                          "tile",
                          "tile/",
                          "tile/0",
                          "tile/0/",
                          "tile//000",
                          "tile/0/0",
                          "tile/0/00",
                          "tile/0/0000",
                          "tile/0/x000/000",
                          "tile/0/001/000",
                          "tile/0/x001/x000",
                          "tile/0/x001",
                          "tile/0/x001//000",
                          "tile/0/000/",
                          "tile/0/000.p/0",
                          "tile/0/000.p/256",
                          "tile/0/000.p/01",
                          "tile/0/000.p/",
                          "tile/0/000.p/1.p/1",
                          "tile/00/000",
                          "tile/-1/000",
                          "tile/8/000",
                          "tile/63/000",
                          "tile/64/000",
                          "tile/99999999999999999999/000",
                          "tile/7/001",
                          "tile/7/000",  // no tree is that large
                          "tile/0/x999/x999/x999/x999/x999/x999/999",
                          "tile/0/x999/x999/x999/x999/x999/999",
                          "tile/data/000",
                          "tile/entries",
                          "tile/entries/../000",
                          "/tile/0/000",
                          "tile/0/000 ",
                          "checkpoint"}) {
    INFO(bad);
    CHECK(parse_tile_path(bad).fault() == Fault::bad_tile_path);
  }
}

TEST_CASE("tiles: which ones a tree has") {
  // https://c2sp.org/tlog-tiles: 70,000 leaves are 273 full tiles and one of 112 at level 0; one full and one of 17 at level
  // 1; one of 1 at level 2. And 256 leaves are one full tile of level 0, one of 1 at level 1.
  std::map<int, std::map<std::uint32_t, int>> count;
  for (const Tile& tile : tiles_of(70'000)) ++count[*tile.level][tile.width];
  CHECK(count == std::map<int, std::map<std::uint32_t, int>>{
                     {0, {{256, 273}, {112, 1}}}, {1, {{256, 1}, {17, 1}}}, {2, {{1, 1}}}});
  CHECK(tiles_of(256) == std::vector<Tile>{{0, 0, 256}, {1, 0, 1}});
  CHECK(tiles_of(0).empty());
  CHECK(tiles_of(1) == std::vector<Tile>{{0, 0, 1}});
  CHECK(width_in({{}, 273, 256}, 70'000) == 112);
  CHECK(width_in({{}, 274, 256}, 70'000) == 0);
  CHECK(width_in({7, 0, 256}, kMaxTreeSize) == 127);
  CHECK(width_in({8, 0, 256}, kMaxTreeSize) == 0);
  CHECK(width_in({-1, 0, 256}, kMaxTreeSize) == 0);
  CHECK(width_in({0, ~std::uint64_t{0}, 256}, kMaxTreeSize) == 0);
}

TEST_CASE("tiles: what is in them") {
  const test::Leaves leaves = test::some_leaves(700);
  const test::Stored stored(leaves);
  for (const Tile& tile : tiles_of(leaves.size())) {
    const auto content = tile_hashes(tile, stored.reader());
    REQUIRE(content);
    REQUIRE(content->size() == tile.width * sizeof(Hash));
    const std::size_t span = *tile.level == 0 ? 1 : 256;
    for (std::size_t i = 0; i < tile.width; ++i) {
      const std::size_t begin = (tile.index * 256 + i) * span;
      const Hash expected = test::mth({leaves.begin() + static_cast<std::ptrdiff_t>(begin),
                                       leaves.begin() + static_cast<std::ptrdiff_t>(begin + span)});
      REQUIRE(content->substr(i * 32, 32) == octets(expected));
    }
  }
  CHECK(tile_hashes({0, 2, 200}, stored.reader()).fault() == Fault::hash_missing);
  for (const Tile& none : {Tile{{}, 0, 1}, Tile{8, 0, 1}, Tile{-1, 0, 1}, Tile{0, 0, 0}, Tile{0, 0, 257}, Tile{7, 9, 1},
                           Tile{0, ~std::uint64_t{0}, 1}})
    CHECK(tile_hashes(none, stored.reader()).fault() == Fault::bad_tile_path);
}

TEST_CASE("bundles: written and read, and nothing else is one") {
  const std::vector<Bytes> leaves{"", "a", Bytes(49, '\0'), Bytes(65'535, 'x')};
  const Bytes bundle = entry_bundle(leaves);
  CHECK(bundle.substr(0, 5) == Bytes("\0\0\0\1a", 5));
  CHECK(bundle.substr(5, 2) == Bytes("\0\x31", 2));
  CHECK(*parse_entry_bundle(bundle) == leaves);
  CHECK(parse_entry_bundle("")->empty());
  CHECK_THROWS(entry_bundle(std::vector<Bytes>{Bytes(65'536, 'x')}));
  const Bytes small = entry_bundle(std::vector<Bytes>{"abc", "defg"});
  for (std::size_t size = 1; size < small.size(); ++size)
    if (size != 5) CHECK(parse_entry_bundle(small.substr(0, size)).fault() == Fault::bad_bundle);
  CHECK(parse_entry_bundle(small + '\0').fault() == Fault::bad_bundle);
  CHECK(parse_entry_bundle(Bytes(2 * 256, '\0'))->size() == 256);
  CHECK(parse_entry_bundle(Bytes(2 * 257, '\0')).fault() == Fault::bad_bundle);
}
