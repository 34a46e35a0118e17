// What an author keeps of its accepted reports, to show years later and without the broker that they are in the log, unchanged,
// and since when (docs/log-format.md):
//
//   ID.report      the entry: a serialised LogEntry with sequence, time, salt and the report as it was signed
//   ID.tlog-proof  the proof that this entry's leaf is in the log, with the checkpoint that the log signed
//
// The proof is verified, then both are written, the proof last. One owner, one thread. Throws cli::Failure.
#pragma once

#include <filesystem>

#include "noroshi/v1/session.pb.h"
#include "proto/client/enquiry.h"
#include "proto/tlog/verifier_key.h"
#include "publisher/folder.h"

namespace noroshi::publisher {

class ReceiptFolder {
 public:
  ReceiptFolder(std::filesystem::path path, tlog::VerifierKey log);

  // kUnverified: the broker accepted the report and cannot prove it; nothing of it is kept then.
  void keep(client::Enquiry& broker, const v1::SignedReport& report, const v1::Accepted& accepted);

 private:
  Folder folder_;
  tlog::VerifierKey log_;
};

}  // namespace noroshi::publisher
