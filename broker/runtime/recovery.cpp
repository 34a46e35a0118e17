#include "broker/runtime/recovery.h"

#include <algorithm>

#include "proto/types/limits.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"

namespace noroshi::runtime {

namespace {

void restore_all(core::Broker& broker, store::Reader& log, Seq from, const store::Filter& filter,
                 const PublicKey* registrar) {
  const Seq head = log.head();
  while (from <= head) {
    store::ReadResult read = log.read(from, filter, {});
    for (Entry& entry : read.entries) {
      const Record record = wire::decode_entry(std::move(entry));
      if (registrar) {
        v1::MemberChange change;
        if (!change.ParseFromString(record.entry.body) || !wire::open_member(*registrar, change))
          throw store::StorageError("entry " + std::to_string(record.entry.seq.value) +
                                    " enrols a member without the registrar's signature");
      }
      broker.restore(record);
    }
    from = next(read.upto);
  }
}

}  // namespace

void recover(core::Broker& broker, store::Reader& log, const PublicKey& registrar) {
  restore_all(broker, log, Seq{1}, {{EntryKind::member}, std::nullopt}, &registrar);
  Seq released{};
  for (const EntryKind kind : {EntryKind::posture, EntryKind::digest}) {
    auto entry = log.last(kind);
    if (!entry) continue;
    const Record record = wire::decode_entry(std::move(*entry));
    if (const auto* release = std::get_if<DigestRelease>(&record.content)) released = release->upto;
    broker.restore(record);
  }
  // What waits for a digest, and what the confirmation board shows.
  const Seq head = log.head();
  const Seq recent{head.value - std::min(head.value, limits::kRestoredEntries) + 1};
  restore_all(broker, log, std::min(next(released), recent), {{EntryKind::report, EntryKind::receipt}, std::nullopt},
              nullptr);

  Micros recorded_at{};
  if (head != Seq{}) recorded_at = log.read(head, {}, {1, 1}).entries.at(0).recorded_at;
  broker.restart_after(head, recorded_at);
}

}  // namespace noroshi::runtime
