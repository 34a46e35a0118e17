#include "broker/runtime/submission.h"

#include <memory>

#include "broker/runtime/records.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {

namespace {

RecordPtr stored(store::Reader& log, const ReportId& id, const ReportId& newest) {
  return id > newest ? nullptr : stored_report(log, id);
}

std::optional<PublicKey> key_named(const std::string& id, const std::vector<PublicKey>& keys) {
  for (const PublicKey& key : keys)
    if (wire::key_id(key) == id) return key;
  return std::nullopt;
}

}  // namespace

core::Submit check_submission(const core::Peer& peer, const v1::Submit& in, const std::vector<PublicKey>& keys) {
  core::Submit out;
  out.peer = peer;
  out.number = in.number();
  out.decoded = wire::decode_report(in.report().report());
  out.body = in.report().SerializeAsString();
  out.signed_by = key_named(in.report().key_id(), keys);
  out.signature_valid = out.signed_by && wire::verify(*out.signed_by, wire::kReportContext, in.report().report(),
                                                      in.report().signature());
  return out;
}

core::SubmitReceipt check_receipt(const core::Peer& peer, const v1::SubmitReceipt& in,
                                  const std::vector<PublicKey>& keys) {
  core::SubmitReceipt out;
  out.peer = peer;
  out.number = in.number();
  out.decoded = wire::decode_receipt(in.receipt().receipt());
  out.body = in.receipt().SerializeAsString();
  out.signed_by = key_named(in.receipt().key_id(), keys);
  out.signature_valid = out.signed_by && wire::verify(*out.signed_by, wire::kReceiptContext, in.receipt().receipt(),
                                                      in.receipt().signature());
  return out;
}

void look_up(core::SubmitReceipt& submit, store::Reader& log, const ReportId& newest, const core::Broker& broker) {
  const Receipt* receipt = std::get_if<Receipt>(&submit.decoded);
  if (!receipt) return;
  for (const ReportId& id : receipt->reports)
    submit.stored.push_back(broker.confirming(id) ? nullptr : stored(log, id, newest));
}

void look_up(core::Submit& submit, store::Reader& log, const ReportId& newest) {
  const Report* report = std::get_if<Report>(&submit.decoded);
  if (!report) return;
  submit.same_id = stored(log, report->id, newest);
  if (report->relates_to) submit.related = stored(log, report->relates_to->report, newest);
}

}  // namespace noroshi::runtime
