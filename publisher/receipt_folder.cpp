#include "publisher/receipt_folder.h"

#include <algorithm>
#include <utility>

#include "proto/client/proof.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::publisher {

namespace {

Entry entry_of(const v1::SignedReport& report, const v1::Accepted& accepted) {
  Entry out;
  out.seq = Seq{accepted.seq()};
  out.recorded_at = Micros{accepted.recorded_at_us()};
  out.kind = EntryKind::report;
  out.lane = wire::from_wire(accepted.lane()).value_or(Lane::urgent);
  if (accepted.salt().size() != out.salt.size())
    throw cli::Failure(
        cli::kUnverified,
        accepted.report_id() + say({": ブローカーが証明に要る salt を返しません。ブローカーの版を確認してください",
                                    ": the broker does not send the salt that a proof needs: look at its version"}));
  std::copy(accepted.salt().begin(), accepted.salt().end(), out.salt.begin());
  out.body = report.SerializeAsString();
  out.leaf = wire::leaf_of(out.salt, out.body);
  return out;
}

}  // namespace

ReceiptFolder::ReceiptFolder(std::filesystem::path path, tlog::VerifierKey log)
    : folder_(std::move(path)), log_(std::move(log)) {}

void ReceiptFolder::keep(client::Enquiry& broker, const v1::SignedReport& report, const v1::Accepted& accepted) {
  const Entry entry = entry_of(report, accepted);
  const client::Proved proved = client::prove(broker, entry, log_);
  v1::LogEntry out;
  wire::to_wire(entry, false, out);
  folder_.write(accepted.report_id() + ".report", out.SerializeAsString());
  folder_.write(accepted.report_id() + ".tlog-proof", proved.file);
}

}  // namespace noroshi::publisher
