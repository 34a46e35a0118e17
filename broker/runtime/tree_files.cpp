#include "broker/runtime/tree_files.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>
#include <vector>

#include "proto/tlog/checkpoint.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/tlog/tiles.h"

namespace noroshi::runtime {

using http::Answer;
using http::Caching;
using http::Status;

namespace {

constexpr const char* kOctets = "application/octet-stream";

Micros steady_now() {
  return Micros{
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count()};
}

Bytes bundle(const std::vector<Entry>& entries) {
  std::vector<Bytes> leaves;
  for (const Entry& each : entries) leaves.push_back(tlog::leaf_data(each));
  return tlog::entry_bundle(leaves);
}

Bytes leaf_hashes(const std::vector<Entry>& entries) {
  Bytes out;
  for (const Entry& each : entries) out += tlog::octets(tlog::leaf_hash(each));
  return out;
}

Bytes content_of(const tlog::Tile& tile, store::Reader& log) {
  if (!tile.level || *tile.level == 0) {
    const auto entries = log.columns(Seq{tile.index * tlog::kTileWidth + 1}, tile.width);
    if (entries.size() != tile.width) throw store::StorageError(log.name() + ": shorter than its signed checkpoint");
    return tile.level ? leaf_hashes(entries) : bundle(entries);
  }
  auto hashes = tlog::tile_hashes(tile, [&log](tlog::Node node) { return log.tree_hash(node); });
  if (!hashes) throw store::StorageError(log.name() + ": " + tlog::describe(hashes.problem()));
  return hashes.take();
}

}  // namespace

std::optional<Answer> TreeFiles::get(std::string_view path) {
  if (path == "/checkpoint.witnessed") return witnessed();
  const bool head = path == "/checkpoint";
  if (!head && !path.starts_with("/tile/")) return std::nullopt;
  const std::string checkpoint = snapshots_.get()->checkpoint;
  if (checkpoint.empty()) return Answer{Status::service_unavailable, "no checkpoint has been signed yet\n"};
  if (head) return Answer{Status::ok, cosignatures_.on(checkpoint)};
  if (!tiles_.take(1, steady_now()))
    return Answer{Status::too_many_requests, "too many tiles a second: wait a second\n"};
  return tile(path, checkpoint);
}

Answer TreeFiles::witnessed() const {
  std::string checkpoint = cosignatures_.witnessed();
  if (checkpoint.empty()) return {Status::not_found, "no checkpoint has been cosigned since the start\n"};
  return {Status::ok, std::move(checkpoint)};
}

Answer TreeFiles::tile(std::string_view path, const std::string& checkpoint) {
  const auto tile = tlog::parse_tile_path(path.substr(1));
  if (!tile) return {Status::bad_request, "no path of a tile: /tile/<L>/<N>[.p/<W>] or /tile/entries/<N>[.p/<W>]\n"};
  if (tlog::width_in(*tile, tlog::signed_size(checkpoint)) < tile->width)
    return {Status::not_found, "the tree of the signed checkpoint does not have this tile, or not as wide\n"};
  try {
    return {Status::ok, content_of(*tile, log_), kOctets, Caching::forever};
  } catch (const store::StorageError& error) {  // the reactor meets it too, and stops: this must not be first
    if (!std::exchange(complained_, true)) spdlog::error("http: the log cannot be read: {}", error.what());
    return {Status::internal_server_error, "the log cannot be read\n"};
  }
}

}  // namespace noroshi::runtime
