// The leaf of a log entry: 49 bytes (docs/log-format.md), and their RFC 6962 hash. Pure; any thread.
#pragma once

#include "proto/tlog/tree.h"
#include "proto/types/entry.h"
#include "proto/wire/signing.h"

namespace noroshi::tlog {

// Leaf seq - 1 of the tree. Neither salt nor body counts: `entry.leaf` is their hash.
inline Bytes leaf_data(const Entry& entry) {
  const auto data = wire::leaf_data(entry.seq, entry.recorded_at, static_cast<std::uint8_t>(entry.kind), entry.leaf);
  return {data.begin(), data.end()};
}

inline Hash leaf_hash(const Entry& entry) { return leaf_hash(leaf_data(entry)); }

}  // namespace noroshi::tlog
