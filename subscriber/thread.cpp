#include "subscriber/thread.h"

#include <boost/json.hpp>

#include "proto/cli/report_words.h"
#include "subscriber/reading_view.h"

namespace noroshi::subscriber {

namespace {

bool continues(const v1::Report& report) {
  const auto relation = report.relates_to().relation();
  return relation == v1::RelatesTo::UPDATE || relation == v1::RelatesTo::CORRECTION;
}

// Of the version before: what is not said of this one anyway.
std::optional<Withdrawal> elsewhere(std::optional<Withdrawal> withdrawn, const Reading& reading) {
  if (!withdrawn || withdrawn->report == reading.report.id()) return std::nullopt;
  if (reading.withdrawn && reading.withdrawn->report == withdrawn->report) return std::nullopt;
  return withdrawn;
}

}  // namespace

Thread thread_of(const cli::Common& common, const Matrix& matrix, Inbox& inbox, const Reading& reading) {
  Thread out;
  if (continues(reading.report))
    if (const auto before = inbox.find(reading.report.relates_to().report_id())) {
      out.before = before->report.id();
      out.before_withdrawn = elsewhere(before->withdrawn, reading);
      out.changes = cli::report_changes(common, matrix, before->report, reading.report);
    }
  if (!reading.report.id().empty()) out.later = inbox.relating_to(reading.report.id());
  return out;
}

std::string thread_json(const Reading& reading, const Thread& thread) {
  boost::json::array changes, later;
  for (const cli::ReportChange& each : thread.changes)
    changes.push_back({{"field", each.field}, {"before", each.before}, {"after", each.after}});
  for (const Reading& each : thread.later) {
    boost::json::object title;
    for (const auto& [language, text] : each.report.title()) title[language] = text;
    later.push_back({{"id", each.report.id()},
                     {"seq", each.entry.seq.value},
                     {"relation", v1::RelatesTo::Relation_Name(each.report.relates_to().relation())},
                     {"publisher", each.report.organization()},
                     {"signature", each.signature},
                     {"title", std::move(title)},
                     {"status", v1::Report::Status_Name(each.report.status())},
                     {"expiresAt", nullptr},
                     {"withdrawn", nullptr},
                     {"withdrawal", nullptr}});
    boost::json::object& out = later.back().as_object();
    if (each.report.has_expires_at()) out["expiresAt"] = cli::rfc3339(cli::time_of(each.report.expires_at()));
    if (!each.withdrawn) continue;
    out["withdrawn"] = each.withdrawn->report;
    out["withdrawal"] = name_of(each.withdrawn->relation);
  }
  boost::json::object more{{"before", nullptr}, {"changes", std::move(changes)}, {"later", std::move(later)}};
  if (!thread.before.empty()) more["before"] = thread.before;
  more["beforeWithdrawn"] = more["beforeWithdrawal"] = nullptr;
  if (const auto& withdrawn = thread.before_withdrawn) {
    more["beforeWithdrawn"] = withdrawn->report;
    more["beforeWithdrawal"] = name_of(withdrawn->relation);
  }
  std::string line = reading_json(reading);
  line.back() = ',';  // the closing brace
  return line + boost::json::serialize(more).substr(1);
}

std::string thread_text(const cli::Common& common, const Thread& thread, Micros now) {
  std::string out;
  if (const auto& withdrawn = thread.before_withdrawn)
    out += "\n" + paint(common, cli::Colour::red, common(cli::withdrawal_mark(withdrawn->relation))) + " " +
           common({"この報告の前の版。参照: ", "the version before this one; see "}) + withdrawn->report + "\n";
  out += changes_text(common, thread.changes);
  if (thread.later.empty()) return out;
  out += "\n" + paint(common, cli::Colour::bold, common({"■ この報告に続くもの", "■ What followed"})) + "\n";
  for (const Reading& each : thread.later)
    out += "  #" + std::to_string(each.entry.seq.value) + " " +
           common(cli::relation_word(each.report.relates_to().relation())) + "  " +
           one_line(each.report.organization()) + "  " + title_of(common, each, now) + "\n";
  return out;
}

}  // namespace noroshi::subscriber
