#include "broker/core/admission.h"

#include <algorithm>

#include "broker/core/entitlement.h"
#include "proto/types/limits.h"
#include "proto/types/topic.h"
#include "schemas/report_check.h"

namespace noroshi::core {

namespace {

Rejection reject(Reason reason, std::string field, std::string detail) {
  return {reason, std::move(field), std::move(detail)};
}

bool may_publish(const Member& author, const Report& report) {
  const std::string topic = topic_of(Status::actual, report.item, report.source);
  return std::any_of(author.publish.begin(), author.publish.end(),
                     [&](const std::string& pattern) { return covers(pattern, topic); });
}

std::optional<Rejection> check_audience(const Report& report, const AdmissionContext& context) {
  const Audience& audience = report.audience;
  for (std::size_t i = 0; i < audience.sectors.size(); ++i)
    if (!context.sectors.contains(audience.sectors[i]))
      return reject(Reason::audience_unknown, "audience.sectors[" + std::to_string(i) + "]",
                    "no such sector: " + audience.sectors[i]);
  for (std::size_t i = 0; i < audience.organizations.size(); ++i)
    if (!context.roster.by_organization(audience.organizations[i]))
      return reject(Reason::audience_unknown, "audience.organizations[" + std::to_string(i) + "]",
                    "no such organisation is enrolled: " + audience.organizations[i]);
  return std::nullopt;
}

// Only the author or NISC continue, correct or call back a report; views and summaries also those granted it.
bool may_relate(const Member& author, Relation relation, const Report& related) {
  if (relation == Relation::reference) return true;
  const bool annotation = relation == Relation::comment || relation == Relation::summary;
  return author.tier == Tier::nisc || author.organization == related.organization || (annotation && author.annotate);
}

// What may follow a version. There is always room for what withdraws the last.
std::optional<Rejection> check_version(const Report& report, const Report& related) {
  if (!report.succeeds()) return std::nullopt;
  const auto& before = related.relates_to;
  if (before && before->relation == Relation::cancel)
    return reject(Reason::relation_forbidden, "relatesTo.relation",
                  "a withdrawal is final: send anew the report that is to stand, or a COMMENT");
  const bool last = report.relates_to->relation == Relation::cancel;
  if (related.touched.size() + (last ? 0 : 1) < limits::kVersions) return std::nullopt;
  return reject(Reason::relation_forbidden, "relatesTo.reportId",
                "a version of a version, " + std::to_string(limits::kVersions) +
                    " times over: withdraw it, or send a report of its own that refers to it (REFERENCE)");
}

// What corrects a report or calls it back is for everyone who may have that one, whoever is enrolled by then.
std::optional<Rejection> check_reach(const Report& report, const AdmissionContext& context) {
  if (!report.calls_back()) return std::nullopt;
  const Report& related = *context.related;
  const Member* author = context.roster.by_organization(related.organization);
  const bool for_its_author = !author || !author->active(context.now) || entitled(*author, report, context.now);
  if (for_its_author && reaches_as_far(report, related)) return std::nullopt;
  return reject(Reason::relation_forbidden, "audience",
                "some may have the report that this one corrects or withdraws and would not get this one: "
                "give it the same label and audience, and name that report's author");
}

std::optional<Rejection> check_relation(const Report& report, const AdmissionContext& context) {
  if (!report.relates_to) return std::nullopt;
  // A report that the author may not see does not exist for it.
  if (!context.related || !entitled(context.author, *context.related, context.now))
    return reject(Reason::relation_unknown, "relatesTo.reportId",
                  "no such report: " + report.relates_to->report.value + "; send the report it relates to first");
  // A drill must never touch what is live, nor the other way round.
  if (report.status != context.related->status && report.relates_to->relation != Relation::reference)
    return reject(Reason::relation_forbidden, "status",
                  "a report and the one it relates to have the same status; others use REFERENCE");
  if (!may_relate(context.author, report.relates_to->relation, *context.related))
    return reject(Reason::relation_forbidden, "relatesTo.relation",
                  std::string(name_of(report.relates_to->relation)) +
                      " is for the author of that report, NISC and, if it annotates, those granted that right; "
                      "others use REFERENCE");
  if (auto broken = check_version(report, *context.related)) return broken;
  return check_reach(report, context);
}

}  // namespace

std::optional<Rejection> check_author(const Submit& submit, const Report& report, const AdmissionContext& context) {
  if (auto broken = check_report(report, context.matrix)) return broken;
  const Member& author = context.author;
  if (report.organization != author.organization)
    return reject(Reason::organization_mismatch, "organization",
                  "the report says " + report.organization + ", the sender is " + author.organization);
  if (report.source != author.source)
    return reject(Reason::source_mismatch, "source", "the sender publishes as source group " + author.source);
  if (!may_publish(author, report))
    return reject(Reason::not_permitted, "item", author.organization + " may not publish " + report.item);
  if (!submit.signed_by)
    return reject(Reason::key_unknown, "", "the key id names none of the sender's enrolled signing keys");
  if (!submit.signature_valid)
    return reject(Reason::signature_invalid, "", "the signature does not fit the report's bytes");
  return std::nullopt;
}

std::optional<Rejection> check_moment(const Report& report, const AdmissionContext& context) {
  const Micros latest = context.now + limits::kClockSkewSeconds * kMicrosPerSecond;
  if (report.issued_at && *report.issued_at > latest)
    return reject(Reason::clock_skew, "issuedAt", "issued more than 5 minutes in the future: check the sender's clock");
  if (report.expires_at && *report.expires_at <= context.now)
    return reject(Reason::expired, "expiresAt", "the report had already expired when it arrived");
  if (auto broken = check_audience(report, context)) return broken;
  return check_relation(report, context);
}

}  // namespace noroshi::core
