#include "tests/entitlement/board_view.h"

#include <algorithm>
#include <map>

namespace noroshi::entitlement {

namespace {

std::string line_begin(const Report& report, Seq seq) {
  return test::name_of(report.id) + " of " + report.organization + " #" + std::to_string(seq.value) + ":";
}

std::string words(Stage stage, const std::optional<Answer>& answer, const std::string& note, Micros at) {
  return std::string(noroshi::name_of(stage)) + (answer ? " " + std::string(noroshi::name_of(*answer)) : "") + " " +
         note + " @" + std::to_string(at.value);
}

// What one organisation has said of one report, in order of the log. Only the furthest stage counts; there, the latest
// receipt that did not repeat the one before it.
std::string furthest(const std::vector<RecordPtr>& receipts) {
  const auto said = [](const RecordPtr& record) -> const Receipt& { return std::get<Receipt>(record->content); };
  Stage stage{};
  for (const RecordPtr& record : receipts) stage = std::max(stage, said(record).stage);
  std::vector<RecordPtr> there;
  for (const RecordPtr& record : receipts) {
    if (said(record).stage != stage) continue;
    const bool repeats = !there.empty() && said(there.back()).answer == said(record).answer &&
                         said(there.back()).note == said(record).note;
    if (!repeats) there.push_back(record);
  }
  const Receipt& latest = said(there.back());
  return words(stage, latest.answer, latest.note, there.back()->entry.recorded_at);
}

}  // namespace

test::Names lines_of(const std::vector<core::BoardReport>& board) {
  test::Names lines;
  for (const core::BoardReport& report : board) {
    std::string line = line_begin(report.report, report.seq);
    for (const core::BoardRow& row : report.rows)
      line +=
          " " + row.organization + " " +
          (row.confirmed ? words(row.confirmed->stage, row.confirmed->answer, row.confirmed->note, row.confirmed->at)
                         : "–") +
          ",";
    lines.push_back(line);
  }
  return lines;
}

test::Names expected_lines(const std::vector<RecordPtr>& log, const std::vector<Member>& members, const Member& viewer,
                           Micros now) {
  std::map<ReportId, std::map<std::string, std::vector<RecordPtr>>> said;
  std::map<std::string, Seq> enrolled, revoked;
  for (const RecordPtr& record : log) {
    if (const auto* member = std::get_if<Member>(&record->content)) {
      enrolled.emplace(member->organization, record->entry.seq);
      if (!member->revoked) revoked.erase(member->organization);
      if (member->revoked) revoked.emplace(member->organization, record->entry.seq);
    }
    if (const auto* receipt = std::get_if<Receipt>(&record->content))
      for (const ReportId& id : receipt->reports) said[id][receipt->organization].push_back(record);
  }
  test::Names lines;
  for (const RecordPtr& record : log) {
    const Report* report = record->report();
    if (!report || board_readers({viewer}, *report, now).empty()) continue;
    const bool oversees = !board_overseers({viewer}, *report, now).empty();
    std::vector<Member> then = members;
    for (Member& member : then) {
      // Let in (again), it is given what was recorded before.
      if (!member.revoked && member.valid_from <= now) member.valid_from = member.valid_until = {};
      member.revoked = member.revoked && revoked.at(member.organization) < record->entry.seq;
    }
    const Group asked = expected_to_confirm(then, *report, record->entry.recorded_at);
    std::string line = line_begin(*report, record->entry.seq);
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::string& organization = members[i].organization;
      if (!oversees && organization != viewer.organization) continue;
      const auto& by = said[report->id];
      const auto receipts = by.find(organization);
      if (receipts != by.end())
        line += " " + organization + " " + furthest(receipts->second) + ",";
      else if (asked.count(i) != 0 && enrolled.at(organization) < record->entry.seq)
        line += " " + organization + " –,";
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace noroshi::entitlement
