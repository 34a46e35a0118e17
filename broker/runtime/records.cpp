#include "broker/runtime/records.h"

#include "broker/store/log_rules.h"
#include "noroshi/v1/member.pb.h"
#include "noroshi/v1/receipt.pb.h"
#include "proto/types/limits.h"
#include "proto/wire/access.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {

namespace {

// What the broker itself says; reports and members arrive serialised.
Bytes serialise(const core::Append& append) {
  if (const auto* change = std::get_if<PostureChange>(&append.content)) {
    v1::PostureChange out;
    out.set_posture(std::string(name_of(change->posture)));
    out.set_reason(change->reason);
    out.set_report_id(change->report.value);
    return out.SerializeAsString();
  }
  if (const auto* overdue = std::get_if<Overdue>(&append.content)) {
    v1::Overdue out;
    out.set_report_id(overdue->report.value);
    out.set_seq(overdue->seq.value);
    out.set_stage(static_cast<v1::Receipt::Stage>(overdue->stage));
    for (const std::string& organization : overdue->organizations) out.add_organizations(organization);
    return out.SerializeAsString();
  }
  if (const auto* access = std::get_if<Access>(&append.content)) return wire::to_wire(*access).SerializeAsString();
  const auto& release = std::get<DigestRelease>(append.content);
  v1::DigestRelease out;
  out.set_upto(release.upto.value);
  out.set_count(release.count);
  out.set_cause(release.cause);
  return out.SerializeAsString();
}

// Throws StorageError if the index says another report: what it answered would be proven, and called a duplicate.
std::optional<Record> find_report(store::Reader& log, const ReportId& id) {
  auto entry = log.find(id);
  if (!entry) return std::nullopt;
  Record found = wire::decode_entry(std::move(*entry));
  if (!found.report() || found.report()->id != id)
    store::damaged(
        log.name(), found.entry.seq,
        {"報告の ID の索引が別の報告の ID でこれを指しています", "the index of report ids has it for another id"});
  return found;
}

// With what is not in its bytes.
RecordPtr complete(Record record, store::Reader& log) {
  if (auto* report = std::get_if<Report>(&record.content)) {
    std::optional<RelatesTo> next = report->succeeds() ? report->relates_to : std::nullopt;
    while (next && report->touched.size() < limits::kVersions) {
      const auto related = find_report(log, next->report);
      if (!related) break;
      report->touched.push_back({related->report()->item, related->report()->source});
      report->touches_urgent |= related->entry.lane == Lane::urgent;
      next = related->report()->succeeds() ? related->report()->relates_to : std::nullopt;
    }
  }
  return std::make_shared<const Record>(std::move(record));
}

}  // namespace

std::shared_ptr<Record> make_record(core::Append&& append, const Salt& salt) {
  auto record = std::make_shared<Record>();
  Entry& entry = record->entry;
  entry.seq = append.seq;
  entry.recorded_at = append.recorded_at;
  entry.kind = append.kind;
  entry.lane = append.lane;
  entry.salt = salt;
  entry.body = append.body.empty() ? serialise(append) : std::move(append.body);
  entry.leaf = wire::leaf_of(salt, entry.body);
  record->content = std::move(append.content);
  return record;
}

RecordPtr record_of(Entry entry, store::Reader& log) { return complete(wire::decode_entry(std::move(entry)), log); }

RecordPtr stored_report(store::Reader& log, const ReportId& id) {
  auto found = find_report(log, id);
  return found ? complete(*std::move(found), log) : nullptr;
}

}  // namespace noroshi::runtime
