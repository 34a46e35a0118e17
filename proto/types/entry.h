// Log entries as plain data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "proto/types/access.h"
#include "proto/types/ids.h"
#include "proto/types/member.h"
#include "proto/types/names.h"
#include "proto/types/receipt.h"
#include "proto/types/report.h"

namespace noroshi {

// What the log stores, byte for byte. `leaf` = SHA-256(salt || body), computed once when the entry is made and
// recomputed from the stored bytes on every row that leaves the store.
struct Entry {
  Seq seq{};
  Micros recorded_at{};
  EntryKind kind{};
  Lane lane{};  // of a report: the lane it was accepted in; of any other kind: urgent
  Salt salt{};
  Bytes body;  // serialised once: SignedReport, SignedReceipt, MemberChange, PostureChange, DigestRelease, Access,
               // Overdue
  Hash leaf{};
};

struct PostureChange {
  Posture posture{};
  std::string reason;
  ReportId report = {};  // the C.emergency-notice that brought it about; empty: none
};

struct DigestRelease {
  Seq upto{};
  std::uint32_t count = 0;
  std::string cause;
};

using Content = std::variant<std::monostate, Report, Member, PostureChange, DigestRelease, Receipt, Overdue, Access>;

// An entry with its body decoded: what the core routes and filters.
struct Record {
  Entry entry;
  Content content;

  const Report* report() const { return std::get_if<Report>(&content); }
  // Of an entry that is none itself: whose existence it tells.
  std::vector<ReportId> reports_spoken_of() const {
    if (const auto* receipt = std::get_if<Receipt>(&content)) return receipt->reports;
    if (const auto* overdue = std::get_if<Overdue>(&content)) return {overdue->report};
    if (const auto* posture = std::get_if<PostureChange>(&content); posture && !posture->report.value.empty())
      return {posture->report};
    return {};
  }
};
using RecordPtr = std::shared_ptr<const Record>;

}  // namespace noroshi
