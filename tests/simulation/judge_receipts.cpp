#include "tests/simulation/judge_receipts.h"

#include <map>
#include <tuple>

namespace noroshi::simulation {

namespace {

using Said = std::tuple<std::string, Stage, std::string>;  // organisation, stage, report

std::set<Said> said_in(const std::vector<Record>& log) {
  std::set<Said> all;
  for (const Record& record : log)
    if (const auto* receipt = std::get_if<Receipt>(&record.content))
      for (const ReportId& report : receipt->reports) all.insert({receipt->organization, receipt->stage, report.value});
  return all;
}

std::string text_of(const Said& said) {
  const auto& [organization, stage, report] = said;
  return organization + ", " + std::string(name_of(stage)) + ", " + report;
}

}  // namespace

void judge_receipts(const std::vector<Record>& log,
                    const std::vector<std::unique_ptr<SimulatedSubscriber>>& subscribers,
                    const std::set<std::string>& revoked, Judge& judge) {
  const std::set<Said> said = said_in(log);
  std::set<Said> meant;
  for (const auto& subscriber : subscribers) {
    const std::string& organization = subscriber->actor().member.organization;
    subscriber::Inbox& inbox = subscriber->inbox();
    if (!revoked.contains(organization) && !inbox.owed(1).empty())
      judge.blame(organization + " still owes a receipt: " + inbox.owed(1).front().report);
    subscriber::Query all(inbox.database(), "SELECT report, stage, owed, coalesce(refused, '') FROM receipts");
    while (all.next()) {
      const Said one{organization, static_cast<Stage>(all.number(1)), all.text(0)};
      meant.insert(one);
      if (!all.text(3).empty() && !revoked.contains(organization))
        judge.blame("refused: " + text_of(one) + ": " + all.text(3));
      if (all.number(2) == 0 && all.text(3).empty() && !said.contains(one))
        judge.blame("settled, and not in the log: " + text_of(one));
    }
  }
  for (const Said& one : said)
    if (!meant.contains(one)) judge.blame("in the log, and nobody said so: " + text_of(one));
}

}  // namespace noroshi::simulation
