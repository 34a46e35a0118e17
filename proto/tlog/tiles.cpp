#include "proto/tlog/tiles.h"

#include <algorithm>
#include <stdexcept>

#include "proto/tlog/planted.h"
#include "proto/tlog/text_form.h"

namespace noroshi::tlog {
namespace {

constexpr std::string_view kTile = "tile/";
constexpr std::string_view kEntries = "entries";
constexpr std::string_view kPartial = ".p/";
constexpr int kTileHeight = 8;  // levels of the tree in one of tiles
constexpr std::size_t kLengthBytes = 2;

std::string three_digits(std::uint64_t below_1000) {
  const std::string digits = std::to_string(below_1000);
  return std::string(3 - digits.size(), '0') + digits;
}

// 1234067 is "x001/x234/067".
std::string index_path(std::uint64_t index) {
  std::string out = three_digits(index % 1000);
  while ((index /= 1000) != 0) out.insert(0, "x" + three_digits(index % 1000) + "/");
  return out;
}

// The number that index_path() wrote; whatever else there is between the digits.
std::optional<std::uint64_t> index_in(std::string_view path) {
  std::string digits;
  std::copy_if(path.begin(), path.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return parse_number(digits);
}

// How many hashes of this level of tiles a tree has.
std::uint64_t hashes_in(int level, std::uint64_t size) { return size >> (kTileHeight * level); }

int level_of(const Tile& tile) { return tile.level.value_or(0); }  // a bundle is as wide as the tile of its hashes

}  // namespace

std::string tile_path(const Tile& tile) {
  std::string out(kTile);
  out.append(tile.level ? std::to_string(*tile.level) : std::string(kEntries))
      .append("/")
      .append(index_path(tile.index));
  if (tile.width != kTileWidth) out.append(kPartial).append(std::to_string(tile.width));
  return out;
}

Result<Tile> parse_tile_path(std::string_view path) {
  std::string_view rest = path;
  if (!rest.starts_with(kTile)) return Fault::bad_tile_path;
  rest.remove_prefix(kTile.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  Tile out;
  if (rest.substr(0, slash) != kEntries) {
    const auto level = parse_number(rest.substr(0, slash));
    if (!level || *level >= kTileLevels) return Fault::bad_tile_path;
    out.level = static_cast<int>(*level);
  }
  rest.remove_prefix(slash);
  if (const std::size_t partial = rest.find(kPartial); partial != std::string_view::npos) {
    const auto width = parse_number(rest.substr(partial + kPartial.size()));
    if (!width || *width == 0 || *width >= kTileWidth) return Fault::bad_tile_path;
    out.width = static_cast<std::uint32_t>(*width);
    rest = rest.substr(0, partial);
  }
  const auto index = index_in(rest);
  if (!index) return Fault::bad_tile_path;
  out.index = *index;
  if (tile_path(out) != path || width_in(out, kMaxTreeSize) < out.width) return Fault::bad_tile_path;
  return out;
}

std::uint32_t width_in(const Tile& tile, std::uint64_t size) {
  if (level_of(tile) < 0 || level_of(tile) >= kTileLevels) return 0;
  const std::uint64_t hashes = hashes_in(level_of(tile), size);
  if (tile.index > hashes / kTileWidth) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(hashes - tile.index * kTileWidth, kTileWidth));
}

std::vector<Tile> tiles_of(std::uint64_t size) {
  std::vector<Tile> out;
  for (int level = 0; level < kTileLevels; ++level)
    for (Tile tile{level, 0}; (tile.width = width_in(tile, size)) != 0; ++tile.index) out.push_back(tile);
  return out;
}

Result<Bytes> tile_hashes(const Tile& tile, const HashReader& read) {
  if (!tile.level || tile.width == 0 || width_in(tile, kMaxTreeSize) < tile.width) return Fault::bad_tile_path;
  Bytes out;
  const std::uint64_t width = planted(Bug::tile_too_narrow) ? tile.width - 1 : tile.width;
  for (std::uint64_t i = 0; i < width; ++i) {
    const std::uint64_t at = planted(Bug::tile_of_neighbour) && i > 0 ? i - 1 : i;
    const auto hash = read({kTileHeight * *tile.level, tile.index * kTileWidth + at});
    if (!hash) return Fault::hash_missing;
    out.append(octets(*hash));
  }
  return out;
}

Bytes entry_bundle(std::span<const Bytes> leaves) {
  Bytes out;
  for (const Bytes& leaf : leaves) {
    if (leaf.size() > 0xffff) throw std::logic_error("entry_bundle: a leaf is longer than 65,535 bytes");
    out += big_endian(static_cast<std::uint16_t>(leaf.size())) + leaf;
  }
  return out;
}

Result<std::vector<Bytes>> parse_entry_bundle(std::string_view bundle) {
  std::vector<Bytes> out;
  while (!bundle.empty()) {
    if (bundle.size() < kLengthBytes || out.size() == kTileWidth) return Fault::bad_bundle;
    const auto size = from_big_endian<std::uint16_t>(bundle.substr(0, kLengthBytes));
    bundle.remove_prefix(kLengthBytes);
    if (bundle.size() < size) return Fault::bad_bundle;
    out.emplace_back(bundle.substr(0, size));
    bundle.remove_prefix(size);
  }
  return out;
}

}  // namespace noroshi::tlog
