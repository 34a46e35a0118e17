#include "proto/cli/board_view.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "proto/cli/report_words.h"
#include "proto/cli/table.h"
#include "proto/types/names.h"

namespace noroshi::cli {

namespace {

struct Reaches {
  Reach all;
  std::map<std::string, Reach> by_tier, by_sector;
};

bool counts(const v1::BoardReport& report, const v1::BoardMember& member) {
  const bool declined = report.status() != name_of(Status::actual) && member.reason() == "not_asked_for";
  return !member.revoked() && !declined;
}

Reaches reaches(const v1::BoardReport& report) {
  Reaches out;
  for (const v1::BoardMember& member : report.members()) {
    if (!counts(report, member)) continue;
    out.all.count(member);
    out.by_tier[member.tier()].count(member);
    for (const std::string& sector : member.sectors()) out.by_sector[sector].count(member);
  }
  return out;
}

boost::json::object json(const Reach& reach) {
  return {{"expected", reach.expected},
          {"delivered", reach.delivered},
          {"opened", reach.opened},
          {"responded", reach.responded}};
}

template <class Text>
Localized localized(const Text& text) {
  return {text.begin(), text.end()};
}

Text word_for_reason(const std::string& reason) {
  static const std::map<std::string, Text> words{
      {"never_connected", {"一度も接続していない", "never connected"}},
      {"link_lost", {"回線断", "link lost"}},
      {"access_ended", {"接続資格の終了", "its access has ended"}},
      {"not_asked_for", {"配信を求めていない(件名・訓練)", "did not ask for it (topic, drills)"}},
      {"not_delivered", {"接続中だが受領なし", "connected, not delivered"}},
      {"sink_failing", {"届いたが受信後の通知に失敗中", "delivered, but the daemon's sinks fail"}},
      {"not_opened", {"期限を過ぎても開かれていない", "not opened in time"}},
      {"not_answered", {"期限を過ぎても回答なし", "not answered in time"}},
  };
  const auto it = words.find(reason);
  return it == words.end() ? Text{"", ""} : it->second;
}

std::string share(std::size_t part, std::size_t whole) {
  std::string out = std::to_string(part) + "/" + std::to_string(whole);
  return whole == 0 ? out : out + " (" + std::to_string(100 * part / whole) + "%)";
}

std::string drill(const Common& common, const std::string& status) {
  const auto known = value_in(kStatuses, status);
  return known && *known != Status::actual ? common(drill_mark(*known)) : "";
}

// 【取消】 or 【訂正あり】; empty for a report that stands.
std::string withdrawal_mark(const Common& common, const v1::BoardReport& report) {
  const auto relation = value_in(kRelations, report.withdrawal());
  return relation ? paint(common, Colour::red, common(cli::withdrawal_mark(*relation))) : "";
}

// What one must know of a report before all else.
std::string marks(const Common& common, const v1::BoardReport& report) {
  return withdrawal_mark(common, report) + (report.expired() ? paint(common, Colour::red, common(expiry_mark())) : "") +
         drill(common, report.status());
}

std::vector<std::string> row_of(const std::string& label, const Reach& reach) {
  return {label, std::to_string(reach.expected), share(reach.delivered, reach.expected),
          share(reach.opened, reach.expected), share(reach.responded, reach.expected)};
}

std::vector<std::string> heading(const Common& common, Text first) {
  return {common(first), common({"対象", "EXPECTED"}), common({"届いた", "DELIVERED"}), common({"開いた", "OPENED"}),
          common({"回答", "RESPONDED"})};
}

// How long it took those that count from the report's release, in ascending order.
std::vector<std::int64_t> delays(const v1::BoardReport& report, std::int64_t (v1::BoardMember::*at)() const) {
  std::vector<std::int64_t> out;
  for (const v1::BoardMember& member : report.members())
    if (!member.revoked() && (member.*at)() != 0) out.push_back((member.*at)() - report.recorded_at_us());
  std::sort(out.begin(), out.end());
  return out;
}

constexpr std::array kMilestones{std::pair{v1::Receipt::DELIVERED, &v1::BoardMember::delivered_at_us},
                                 std::pair{v1::Receipt::OPENED, &v1::BoardMember::opened_at_us},
                                 std::pair{v1::Receipt::RESPONDED, &v1::BoardMember::responded_at_us}};

std::string duration(const Common& common, std::int64_t us) {
  const std::int64_t seconds = us / kMicrosPerSecond;
  if (seconds < 60) return std::to_string(seconds) + common({"秒", " s"});
  if (seconds < 3600)
    return std::to_string(seconds / 60) + common({"分", " min "}) + std::to_string(seconds % 60) + common({"秒", " s"});
  return std::to_string(seconds / 3600) + common({"時間", " h "}) + std::to_string(seconds / 60 % 60) +
         common({"分", " min"});
}

// Of a drill: its result (訓練結果).
void print_pace(const Common& common, const v1::BoardReport& report, std::size_t expected) {
  std::vector<std::vector<std::string>> rows{{common({"段階", "STAGE"}), common({"組織", "ORGANISATIONS"}),
                                              common({"半数まで", "HALF WITHIN"}), common({"最後", "LAST AFTER"})}};
  for (const auto& [stage, at] : kMilestones) {
    const auto took = delays(report, at);
    rows.push_back({common(word_for(stage)), share(took.size(), expected),
                    took.empty() ? "-" : duration(common, took[(took.size() - 1) / 2]),
                    took.empty() ? "-" : duration(common, took.back())});
  }
  print_table(common, rows);
  std::cout << "\n";
}

void print_board(const Common& common, const v1::BoardReport& report) {
  const Reaches reached = reaches(report);
  std::cout << marks(common, report) << paint(common, Colour::bold, printable(common(localized(report.title()))))
            << "\n"
            << report.topic() << "  #" << report.seq() << "  " << local_time(Micros{report.recorded_at_us()}) << "\n"
            << report.id() << "\n";
  if (!report.withdrawn().empty())
    std::cout << withdrawal_mark(common, report) << " " << common({"参照: ", "see "}) << printable(report.withdrawn())
              << "\n";
  std::cout << "\n";
  if (report.status() != "ACTUAL") std::cout << common({"訓練結果", "Result of the drill"}) << "\n";
  print_pace(common, report, reached.all.expected);
  std::vector<std::vector<std::string>> shares{heading(common, {"範囲", "OF"}),
                                               row_of(common({"全体", "all"}), reached.all)};
  for (const auto& [tier, reach] : reached.by_tier) shares.push_back(row_of(common(tier_word(tier)), reach));
  for (const auto& [sector, reach] : reached.by_sector) shares.push_back(row_of(sector, reach));
  print_table(common, shares);
  std::cout << "\n";
  std::vector<std::vector<std::string>> rows{{common({"組織", "ORGANISATION"}), common({"名称", "NAME"}),
                                              common({"段階", "STAGE"}), common({"回答", "ANSWER"}),
                                              common({"備考", "REMARK"})}};
  for (const v1::BoardMember& member : report.members()) {
    const std::string reason = common(word_for_reason(member.reason()));
    rows.push_back({member.organization(), printable(common(localized(member.name()))),
                    common(word_for(member.stage())), common(word_for(member.answer())),
                    reason.empty()     ? printable(member.note())
                    : member.overdue() ? paint(common, Colour::red, reason)
                                       : reason});
  }
  print_table(common, rows);
}

void print_boards(const Common& common, const v1::Board& board) {
  auto rows = std::vector<std::vector<std::string>>{heading(common, {"通番", "SEQ"})};
  rows[0].push_back(common({"件名", "TITLE"}));
  for (const v1::BoardReport& report : board.reports()) {
    rows.push_back(row_of(std::to_string(report.seq()), reaches(report).all));
    rows.back().push_back(marks(common, report) + printable(common(localized(report.title()))));
  }
  print_table(common, rows);
}

}  // namespace

Text word_for(v1::Receipt::Stage stage) {
  switch (stage) {
    case v1::Receipt::DELIVERED: return {"届いた", "delivered"};
    case v1::Receipt::OPENED: return {"開いた", "opened"};
    case v1::Receipt::RESPONDED: return {"回答", "responded"};
    default: return {"未達", "unreached"};
  }
}

Text word_for(v1::Receipt::Answer answer) {
  switch (answer) {
    case v1::Receipt::RELEVANT: return {"関係あり", "relevant"};
    case v1::Receipt::NOT_RELEVANT: return {"関係なし", "not relevant"};
    case v1::Receipt::INVESTIGATING: return {"調査中", "investigating"};
    case v1::Receipt::HANDLED: return {"対処済", "handled"};
    default: return {"", ""};
  }
}

void Reach::count(const v1::BoardMember& member) {
  ++expected;
  if (member.stage() >= v1::Receipt::DELIVERED) ++delivered;
  if (member.stage() >= v1::Receipt::OPENED) ++opened;
  if (member.stage() >= v1::Receipt::RESPONDED) ++responded;
}

boost::json::object board_json(const v1::BoardReport& report) {
  const Reaches reached = reaches(report);
  boost::json::object out{{"id", report.id()}, {"seq", report.seq()}};
  boost::json::object title;
  for (const auto& [language, text] : localized(report.title())) title[language] = text;
  out["title"] = std::move(title);
  out["topic"] = report.topic();
  out["status"] = report.status();
  out["recordedAt"] = rfc3339(Micros{report.recorded_at_us()});
  out["withdrawn"] = nullptr;
  out["withdrawal"] = nullptr;
  if (!report.withdrawn().empty()) {
    out["withdrawn"] = report.withdrawn();
    out["withdrawal"] = report.withdrawal();
  }
  out["expired"] = report.expired();
  for (auto& [key, value] : json(reached.all)) out[key] = value;
  boost::json::object by_tier, by_sector;
  for (const auto& [tier, reach] : reached.by_tier) by_tier[tier] = json(reach);
  for (const auto& [sector, reach] : reached.by_sector) by_sector[sector] = json(reach);
  out["byTier"] = std::move(by_tier);
  out["bySector"] = std::move(by_sector);
  boost::json::object pace;
  for (const auto& [stage, at] : kMilestones) {
    const auto took = delays(report, at);
    boost::json::object of{{"count", took.size()}, {"medianMs", nullptr}, {"lastMs", nullptr}};
    if (!took.empty()) {
      of["medianMs"] = took[(took.size() - 1) / 2] / kMicrosPerMilli;
      of["lastMs"] = took.back() / kMicrosPerMilli;
    }
    pace[v1::Receipt::Stage_Name(stage)] = std::move(of);
  }
  out["pace"] = std::move(pace);
  boost::json::array members;
  for (const v1::BoardMember& member : report.members()) {
    boost::json::object row{{"organization", member.organization()}, {"stage", nullptr}, {"answer", nullptr}};
    const auto stage = static_cast<Stage>(member.stage());
    if (member.stage() != v1::Receipt::STAGE_UNSPECIFIED) row["stage"] = std::string(name_of(stage));
    const auto answer = static_cast<Answer>(member.answer());
    if (member.answer() != v1::Receipt::ANSWER_UNSPECIFIED) row["answer"] = std::string(name_of(answer));
    row["note"] = member.note();
    row["at"] = nullptr;
    if (member.at_us() != 0) row["at"] = rfc3339(Micros{member.at_us()});
    for (const auto& [name, at] :
         {std::pair{"deliveredAt", member.delivered_at_us()}, std::pair{"openedAt", member.opened_at_us()},
          std::pair{"respondedAt", member.responded_at_us()}}) {
      row[name] = nullptr;
      if (at != 0) row[name] = rfc3339(Micros{at});
    }
    row["reason"] = nullptr;
    if (!member.reason().empty()) row["reason"] = member.reason();
    row["overdue"] = member.overdue();
    row["revoked"] = member.revoked();
    members.push_back(std::move(row));
  }
  out["members"] = std::move(members);
  return out;
}

void show_board(const Common& common, const std::string& report, const v1::Board& board) {
  if (!report.empty() && board.reports().empty())
    throw Failure(kFailed, printable(report) + ": " +
                               common({"この報告は確認表にありません。board で一覧を、古いものは "
                                       "noroshi-auditor replay --kind receipt で確認してください",
                                       "no such report is on the board: see board for those that are, and "
                                       "noroshi-auditor replay --kind receipt for older ones"}));
  if (common.json) {
    for (const v1::BoardReport& each : board.reports()) std::cout << boost::json::serialize(board_json(each)) << "\n";
  } else if (!report.empty()) {
    print_board(common, board.reports(0));
  } else {
    print_boards(common, board);
  }
}

}  // namespace noroshi::cli
