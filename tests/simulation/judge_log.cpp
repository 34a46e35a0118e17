#include "tests/simulation/judge_log.h"

#include <algorithm>
#include <map>
#include <optional>

#include "tests/simulation/oracle.h"

namespace noroshi::simulation {

namespace {

using ReportsById = std::map<std::string, const Record*>;

ReportsById reports_in(const std::vector<Record>& log) {
  ReportsById out;
  for (const Record& record : log)
    if (const Report* report = record.report()) out[report->id.value] = &record;
  return out;
}

// Whether an auditor may read the whole entry; nullopt: either will do. Of receipts and the like the broker may hide more than
// it must from those not cleared for everything.
std::optional<bool> readable(const Member& auditor, const Record& record, const ReportsById& reports) {
  const bool sees_all = auditor.audit_clearance == Tlp::red;
  if (const Report* report = record.report()) return oracle_allows(auditor, *report);
  if (const auto* access = std::get_if<Access>(&record.content))
    return sees_all || access->organization == auditor.organization;
  const std::vector<ReportId> about = record.reports_spoken_of();
  const bool all = std::all_of(about.begin(), about.end(), [&](const ReportId& id) {
    const auto found = reports.find(id.value);
    return found != reports.end() && oracle_allows(auditor, *found->second->report());
  });
  if (!all) return false;
  return about.empty() || sees_all ? std::optional(true) : std::nullopt;
}

}  // namespace

void judge_auditors(const std::vector<Record>& log, const std::vector<std::unique_ptr<SimulatedAuditor>>& auditors,
                    Judge& judge) {
  const ReportsById reports = reports_in(log);
  for (const auto& auditor : auditors) {
    const Member& member = auditor->actor().member;
    if (auditor->walks() == 0) judge.blame(member.organization + " has not come to the end of the log");
    const auto& seen = auditor->seen();
    if (seen.size() > log.size()) judge.blame(member.organization + " was shown more than there is");
    for (std::size_t i = 0; i < std::min(seen.size(), log.size()); ++i) {
      const std::string where = member.organization + ", entry " + std::to_string(i + 1);
      if (seen[i].entry.leaf != log[i].entry.leaf) judge.blame("another leaf was shown to " + where);
      if (!seen[i].redacted && seen[i].signature != client::Check::valid)
        judge.blame("an entry whose signature is not valid was shown to " + where);
      const auto whole = readable(member, log[i], reports);
      if (whole && *whole == seen[i].redacted)
        judge.blame((*whole ? "hidden from " : "shown to one who is not cleared for it: ") + where);
    }
  }
}

void judge_threads(const std::vector<Record>& log, const std::vector<std::unique_ptr<SimulatedSubscriber>>& subscribers,
                   const std::set<std::string>& revoked, Judge& judge) {
  const ReportsById reports = reports_in(log);
  for (const Record& record : log) {
    const Report* report = record.report();
    if (!report || !report->relates_to) continue;
    const auto found = reports.find(report->relates_to->report.value);
    if (found == reports.end() || found->second->entry.seq >= record.entry.seq) {
      judge.blame("relates to what is not before it in the log: " + report->id.value);
      continue;
    }
    if (!report->calls_back()) continue;
    const Entry& before = found->second->entry;
    if (before.lane == Lane::urgent && record.entry.lane != Lane::urgent)
      judge.blame("calls back an urgent report in the batched lane: " + report->id.value);
    if (before.lane != record.entry.lane) continue;  // faster: for who reads that lane
    for (const auto& subscriber : subscribers) {
      const auto& got = subscriber->got();
      const auto has = [&got](Seq seq) { return std::binary_search(got.begin(), got.end(), seq.value); };
      if (!revoked.contains(subscriber->actor().member.organization) && has(before.seq) && !has(record.entry.seq))
        judge.blame(subscriber->actor().member.organization +
                    " has a report and not what calls it back: " + report->id.value);
    }
  }
}

void judge_posture(const std::vector<Record>& log, const std::vector<std::unique_ptr<SimulatedSubscriber>>& subscribers,
                   const std::set<std::string>& revoked, Judge& judge) {
  Posture now = Posture::normal, wanted = Posture::normal;
  for (const Record& record : log) {
    if (const auto* change = std::get_if<PostureChange>(&record.content)) now = wanted = change->posture;
    const Report* report = record.report();
    if (report && report->response_room && report->status == Status::actual && report->organization == "nisc")
      wanted = report->response_room == ResponseRoom::opened ? Posture::incident : Posture::normal;
  }
  if (now != wanted)
    judge.blame("the posture is " + std::string(name_of(now)) + ", the response rooms say " +
                std::string(name_of(wanted)));
  for (const auto& subscriber : subscribers)
    if (!revoked.contains(subscriber->actor().member.organization) && subscriber->posture() != name_of(now))
      judge.blame(subscriber->actor().member.organization + " believes that the posture is " + subscriber->posture());
}

}  // namespace noroshi::simulation
