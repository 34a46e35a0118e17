#include "tests/entitlement/agreement.h"

#include <memory>

#include "broker/core/entitlement.h"
#include "tests/entitlement/oracle.h"
#include "tests/entitlement/small_world.h"

namespace noroshi::entitlement {

namespace {

std::string who(const Member& member) {
  std::string text = member.organization + " (" + std::string(name_of(member.tier));
  for (const std::string& sector : member.sectors) text += " " + sector;
  if (member.audit_clearance) text += ", cleared for " + std::string(name_of(*member.audit_clearance));
  if (member.revoked) text += ", revoked";
  return text + ", valid from " + std::to_string(member.valid_from.value) + " to " +
         std::to_string(member.valid_until.value) + ")";
}

}  // namespace

std::optional<std::string> disagreement_on(const std::vector<Member>& members, const Report& report, Micros now) {
  Record made;
  made.content = report;
  const auto record = std::make_shared<const Record>(std::move(made));

  const Group may_read = readers(members, report, now);
  const Group may_know = leaf_readers(members, report, now);
  const Group may_audit = auditors(members, now);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool reads = may_read.count(i) != 0;
    const auto differs = [&](const char* function) {
      return std::string(function) + " disagrees: " + describe(report) + ", " + who(members[i]) +
             (reads ? " may read it" : " may not read it");
    };
    if (core::entitled(members[i], report, now) != reads) return differs("entitled");
    const auto released = core::release_to(members[i], record, now);
    if (released.has_value() != reads) return differs("release_to");
    if (released && (released->redacted() || released->record() != record)) return differs("what release_to gives");
    const auto audited = core::release_to_auditor(members[i], record, now);
    if (audited.has_value() != (may_audit.count(i) != 0)) return differs("release_to_auditor");
    if (audited && audited->redacted() != (may_know.count(i) != 0)) return differs("redaction for an auditor");
  }
  const bool open = is_public(report);
  if (entitled_public(report) != open) return "entitled_public disagrees: " + describe(report);
  const auto fed = core::release_to_public(record);
  if (fed.has_value() != open || (fed && fed->redacted())) return "release_to_public disagrees: " + describe(report);
  return std::nullopt;
}

}  // namespace noroshi::entitlement
