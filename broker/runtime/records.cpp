#include "broker/runtime/records.h"

#include "noroshi/v1/member.pb.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {

namespace {

// What the broker itself says; reports and members arrive serialised.
Bytes serialise(const core::Append& append) {
  if (const auto* change = std::get_if<PostureChange>(&append.content)) {
    v1::PostureChange out;
    out.set_posture(std::string(name_of(change->posture)));
    out.set_reason(change->reason);
    return out.SerializeAsString();
  }
  const auto& release = std::get<DigestRelease>(append.content);
  v1::DigestRelease out;
  out.set_upto(release.upto.value);
  out.set_count(release.count);
  out.set_cause(release.cause);
  return out.SerializeAsString();
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

}  // namespace noroshi::runtime
