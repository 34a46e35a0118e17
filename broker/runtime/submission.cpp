#include "broker/runtime/submission.h"

#include <memory>

#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {

namespace {

RecordPtr stored(store::Reader& log, const ReportId& id, const ReportId& newest) {
  if (id > newest) return nullptr;
  auto entry = log.find(id);
  if (!entry) return nullptr;
  return std::make_shared<const Record>(wire::decode_entry(std::move(*entry)));
}

}  // namespace

core::Submit check_submission(const core::Peer& peer, const v1::Submit& in, const std::vector<PublicKey>& keys) {
  core::Submit out;
  out.peer = peer;
  out.number = in.number();
  out.decoded = wire::decode_report(in.report().report());
  out.body = in.report().SerializeAsString();
  for (const PublicKey& key : keys) {
    if (wire::key_id(key) != in.report().key_id()) continue;
    out.signed_by = key;
    out.signature_valid = wire::verify(key, wire::kReportContext, in.report().report(), in.report().signature());
  }
  return out;
}

void look_up(core::Submit& submit, store::Reader& log, const ReportId& newest) {
  const Report* report = std::get_if<Report>(&submit.decoded);
  if (!report) return;
  submit.same_id = stored(log, report->id, newest);
  if (report->relates_to) submit.related = stored(log, report->relates_to->report, newest);
}

}  // namespace noroshi::runtime
