// The log's tree as files, after C2SP tlog-tiles: /checkpoint, /tile/<L>/<N>, /tile/entries/<N>; and /checkpoint.witnessed. Whatever it gives is part of
// the tree of the checkpoint that is published: nothing that the log has not signed for. Reads leaves and hashes, never a
// body. One owner thread, which is its reader's: the HTTP server's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/http/answer.h"
#include "broker/http/snapshot.h"
#include "broker/runtime/cosignatures.h"
#include "broker/store/log.h"
#include "proto/types/allowance.h"

namespace noroshi::runtime {

class TreeFiles {
 public:
  TreeFiles(const http::SnapshotBox& snapshots, const Cosignatures& cosignatures, store::Reader& log)
      : snapshots_(snapshots), cosignatures_(cosignatures), log_(log) {}

  // nullopt: no path of the tree's.
  std::optional<http::Answer> get(std::string_view path);

 private:
  http::Answer witnessed() const;
  http::Answer tile(std::string_view path, const std::string& checkpoint);

  const http::SnapshotBox& snapshots_;
  const Cosignatures& cosignatures_;
  store::Reader& log_;
  Allowance tiles_{100, 300};  // a second, and at once: monitors must not take the disk and the cores from the reports
  bool complained_ = false;    // of a log that cannot be read: once
};

}  // namespace noroshi::runtime
