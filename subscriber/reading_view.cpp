#include "subscriber/reading_view.h"

#include <boost/json.hpp>

#include <algorithm>

#include "proto/cli/report_view.h"
#include "proto/cli/report_words.h"
#include "proto/wire/decode.h"
#include "subscriber/newsletter.h"

namespace noroshi::subscriber {

namespace {

cli::Text answer_word(Answer answer) {
  switch (answer) {
    case Answer::relevant: return {"関係あり", "relevant"};
    case Answer::not_relevant: return {"関係なし", "not relevant"};
    case Answer::investigating: return {"調査中", "investigating"};
    case Answer::handled: return {"対処済", "handled"};
  }
  return {"", ""};
}

std::string state(const cli::Common& common, const Reading& reading) {
  if (reading.answer) return common(answer_word(*reading.answer));
  return reading.opened_at ? common({"開封済", "opened"}) : common({"未開封", "unopened"});
}

std::string damaged_json(const Reading& reading) {
  return boost::json::serialize(boost::json::object{{"seq", reading.entry.seq.value},
                                                    {"recordedAt", nullptr},
                                                    {"lane", name_of(reading.entry.lane)},
                                                    {"topic", nullptr},
                                                    {"publisher", nullptr},
                                                    {"signature", reading.signature},
                                                    {"report", nullptr}});
}

std::vector<std::string> damaged_row(const cli::Common& common, const Reading& reading) {
  return {std::to_string(reading.entry.seq.value),
          common(cli::lane_word(reading.entry.lane)),
          "",
          "",
          state(common, reading),
          paint(common, cli::Colour::red,
                common({"⚠ 受信箱で壊れたか、なくなっています。もう一度受け取ります",
                        "⚠ damaged in the inbox or gone from it; it is fetched again"}))};
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out = cli::printable(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

std::string reading_json(const Reading& reading) {
  boost::json::object more{{"openedAt", nullptr},
                           {"answer", nullptr},
                           {"note", reading.note},
                           {"withdrawn", nullptr},
                           {"withdrawal", nullptr}};
  if (reading.opened_at) more["openedAt"] = cli::rfc3339(*reading.opened_at);
  if (reading.answer) more["answer"] = name_of(*reading.answer);
  if (reading.withdrawn) {
    more["withdrawn"] = reading.withdrawn->report;
    more["withdrawal"] = name_of(reading.withdrawn->relation);
  }
  std::string line = reading.is_damaged() ? damaged_json(reading)
                                          : cli::delivery_json(reading.entry, reading.report, reading.signature);
  line.back() = ',';  // the closing brace
  return line + boost::json::serialize(more).substr(1);
}

std::string link_json(const LinkEvent& link) {
  boost::json::object out{{"event", link.event}, {"lane", name_of(link.lane)}, {"at", cli::rfc3339(link.at)}};
  if (!link.report.empty()) {
    out["report"] = link.report;
    out["stage"] = link.stage;
    out["status"] = name_of(link.status);
  }
  if (link.fork) {
    out["fork"] = fork_json(*link.fork);
    out["evidence"] = link.fork->evidence;
  }
  return boost::json::serialize(out);
}

std::string withdrawal_mark(const cli::Common& common, const Reading& reading) {
  if (!reading.withdrawn) return {};
  return paint(common, cli::Colour::red, common(cli::withdrawal_mark(reading.withdrawn->relation)));
}

std::string withdrawal_note(const cli::Common& common, const Reading& reading) {
  if (!reading.withdrawn) return {};
  return withdrawal_mark(common, reading) + " " + common({"参照: ", "see "}) + one_line(reading.withdrawn->report);
}

std::string expiry_mark(const cli::Common& common, const v1::Report& report, Micros now) {
  if (!report.has_expires_at() || now < cli::time_of(report.expires_at())) return {};
  return paint(common, cli::Colour::red, common(cli::expiry_mark()));
}

std::string marks(const cli::Common& common, const Reading& reading, Micros now) {
  return withdrawal_mark(common, reading) + expiry_mark(common, reading.report, now);
}

std::string reading_text(const cli::Common& common, const Matrix& matrix, const Reading& reading, Micros now) {
  return as_text(common, matrix, by_itself(common, matrix, article_of(common, reading, now)));
}

std::string title_of(const cli::Common& common, const Reading& reading, Micros now) {
  const v1::Report& report = reading.report;
  const Status status = wire::from_wire(report.status()).value_or(Status::actual);
  std::string title = marks(common, reading, now);
  if (status != Status::actual) title += paint(common, cli::Colour::red, common(cli::drill_mark(status)));
  title += common(cli::follower_mark(report));
  title += one_line(common(Localized{report.title().begin(), report.title().end()}));
  if (reading.signature != "valid")
    title += "  " + paint(common, cli::Colour::red, common({"⚠ 署名を確認できません", "⚠ signature not valid"}));
  return title;
}

std::vector<std::string> reading_row(const cli::Common& common, const Reading& reading, Micros now) {
  if (reading.is_damaged()) return damaged_row(common, reading);
  return {std::to_string(reading.entry.seq.value),
          common(cli::lane_word(reading.entry.lane)),
          cli::local_time(reading.entry.recorded_at),
          one_line(reading.report.tlp()),
          state(common, reading),
          title_of(common, reading, now)};
}

}  // namespace noroshi::subscriber
