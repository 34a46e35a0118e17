#include "broker/core/entitlement.h"

#include <algorithm>

#include "broker/core/planted.h"

namespace noroshi::core {

namespace {

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool in_any_sector(const Member& member, const std::vector<std::string>& sectors) {
  return std::any_of(member.sectors.begin(), member.sectors.end(),
                     [&](const std::string& sector) { return contains(sectors, sector); });
}

bool sees_all(const Member& auditor) { return auditor.audit_clearance == Tlp::red; }

}  // namespace

bool in_audience(const Member& member, const Audience& audience) {
  if (contains(audience.organizations, member.organization)) return true;
  if (audience.sectors.empty() && audience.tiers.empty()) return false;
  return (audience.sectors.empty() || in_any_sector(member, audience.sectors)) &&
         (audience.tiers.empty() || contains(audience.tiers, name_of(member.tier)));
}

bool reads(const Member& member) { return member.subscribe || member.audit_clearance; }

bool entitled(const Member& member, const Report& report, Micros now) {
  if (!member.active(now)) return false;
  const auto label = report.label();
  if (!label) return false;
  if (member.organization == report.organization) return true;
  if (member.audit_clearance && *label <= *member.audit_clearance) return true;
  switch (*label) {
    case Tlp::clear:
    case Tlp::green: return report.audience.empty() || in_audience(member, report.audience);
    case Tlp::amber:
    case Tlp::amber_strict: return in_audience(member, report.audience);
    case Tlp::red: return contains(report.audience.organizations, member.organization);
  }
  return false;
}

bool entitled(const Member& member, const Access& access, Micros now) {
  if (!member.active(now) || !member.audit_clearance) return false;
  return sees_all(member) || member.organization == access.organization;
}

std::optional<Released> release_to(const Member& member, const RecordPtr& record, Micros now) {
  const Report* report = record->report();
  if (planted(Bug::skip_entitlement) && report) return Released{record, false};
  if (!report || !entitled(member, *report, now)) return std::nullopt;
  return Released{record, false};
}

std::optional<Released> release_to_auditor(const Member& member, const RecordPtr& record, Micros now) {
  if (!member.active(now) || !member.audit_clearance) return std::nullopt;
  const Report* report = record->report();
  const auto* access = std::get_if<Access>(&record->content);
  const bool hidden = (report && !entitled(member, *report, now)) || (access && !entitled(member, *access, now));
  return Released{record, hidden};
}

std::optional<Released> release_talk_to_auditor(const Member& member, const RecordPtr& talk,
                                                const std::vector<const Report*>& reports, Micros now) {
  if (!release_to_auditor(member, talk, now)) return std::nullopt;
  const bool hidden = std::any_of(reports.begin(), reports.end(), [&](const Report* report) {
    return report ? !entitled(member, *report, now) : !sees_all(member);
  });
  return Released{talk, hidden};
}

std::optional<Released> release_to_public(const RecordPtr& record) {
  const Report* report = record->report();
  if (planted(Bug::skip_feed_entitlement) && report) return Released{record, false};
  if (!report || !entitled_public(*report)) return std::nullopt;
  return Released{record, false};
}

}  // namespace noroshi::core
