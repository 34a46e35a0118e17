#include "broker/runtime/recovery.h"

#include <algorithm>

#include "broker/store/log_rules.h"
#include "proto/types/limits.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {

namespace {

Record decoded(const store::Reader& log, Entry entry) {
  const Seq seq = entry.seq;
  try {
    return wire::decode_entry(std::move(entry));
  } catch (const std::runtime_error& error) {
    store::damaged(log.name(), seq, {error.what(), error.what()});
  }
}

bool signed_by(const PublicKey& registrar, const Record& member) {
  v1::MemberChange change;
  return change.ParseFromString(member.entry.body) && wire::open_member(registrar, change);
}

}  // namespace

void for_each_record(store::Reader& log, Seq from, const store::Filter& filter,
                     const std::function<void(const Record&)>& use) {
  const Seq head = log.head();
  while (from <= head) {
    store::ReadResult read = log.read(from, filter, {});
    for (Entry& entry : read.entries) use(decoded(log, std::move(entry)));
    from = next(read.upto);
  }
}

Seq recent_in(Seq head) { return Seq{head.value - std::min(head.value, limits::kRestoredEntries) + 1}; }

void recover(core::Broker& broker, store::Reader& log, const PublicKey& registrar) {
  for_each_record(log, Seq{1}, {{EntryKind::member}, std::nullopt}, [&](const Record& member) {
    if (!signed_by(registrar, member)) throw UnsignedMember(member.entry.seq);
    broker.restore(member);
  });
  Seq released{};
  for (const EntryKind kind : {EntryKind::posture, EntryKind::digest}) {
    auto entry = log.last(kind);
    if (!entry) continue;
    const Record record = decoded(log, std::move(*entry));
    if (const auto* release = std::get_if<DigestRelease>(&record.content)) released = release->upto;
    broker.restore(record);
  }
  // What waits for a digest, and what the confirmation board shows.
  const Seq head = log.head();
  for_each_record(log, std::min(next(released), recent_in(head)),
                  {{EntryKind::report, EntryKind::receipt, EntryKind::overdue, EntryKind::digest}, std::nullopt},
                  [&](const Record& record) { broker.restore(record); });

  // The two ends, whatever is there: one that lost either of them was cut.
  Micros recorded_at{};
  if (head != Seq{}) {
    log.read(Seq{1}, {}, {1, 1});
    recorded_at = log.read(head, {}, {1, 1}).entries.at(0).recorded_at;
  }
  broker.restart_after(head, recorded_at);
}

}  // namespace noroshi::runtime
