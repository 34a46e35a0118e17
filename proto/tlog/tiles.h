// Tiles (https://c2sp.org/tlog-tiles): the tree and its leaves as files that never change, for HTTP servers, mirrors and
// monitors. A tile of level L holds up to 256 hashes of complete subtrees of 256^L leaves; a bundle holds up to 256 leaves.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/tlog/tree.h"

namespace noroshi::tlog {

inline constexpr std::uint32_t kTileWidth = 256;
inline constexpr int kTileLevels = 8;  // a tree of kMaxTreeSize leaves has no more

struct Tile {
  std::optional<int> level;          // none: a bundle of leaves
  std::uint64_t index = 0;           // within its level
  std::uint32_t width = kTileWidth;  // fewer: a partial one, at the right edge of some tree
  friend bool operator==(const Tile&, const Tile&) = default;
};

// "tile/<L>/<N>", "tile/entries/<N>"; a partial one ends in ".p/<W>".
std::string tile_path(const Tile& tile);
// Exactly what tile_path() writes, of tiles that some tree can have. Fault: bad_tile_path.
Result<Tile> parse_tile_path(std::string_view path);

// How wide this tile is in a tree of this size: 0 if the tree does not reach it, at most kTileWidth. `tile.width` does
// not count.
std::uint32_t width_in(const Tile& tile, std::uint64_t size);
// All tiles of a tree, levels from below, partial ones at the right edge; without the bundles. For small trees and tests.
std::vector<Tile> tiles_of(std::uint64_t size);

// The hashes of a tile, one after the other. Faults: bad_tile_path for a bundle or a level that no tree has, hash_missing.
Result<Bytes> tile_hashes(const Tile& tile, const HashReader& read);

// Leaf data, each after its length in two bytes, big-endian. Precondition: at most 65,535 bytes each; Noroshi's have 49.
Bytes entry_bundle(std::span<const Bytes> leaves);
// Fault: bad_bundle; more than 256 entries are one, too.
Result<std::vector<Bytes>> parse_entry_bundle(std::string_view bundle);

}  // namespace noroshi::tlog
