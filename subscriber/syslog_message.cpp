#include "subscriber/syslog_message.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "proto/cli/report_words.h"
#include "proto/wire/decode.h"
#include "subscriber/newsletter.h"
#include "subscriber/planted.h"
#include "subscriber/reading_view.h"

namespace noroshi::subscriber {

namespace {

enum Severity : int { kAlert = 1, kCritical = 2, kError = 3, kWarning = 4, kNotice = 5 };

// RFC 5424: the longest that each may be.
constexpr std::size_t kHostLength = 255;
constexpr std::size_t kProcessLength = 128;
constexpr std::size_t kKindLength = 32;
constexpr std::size_t kValueBytes = 128;  // of ours; of a report that nobody vouches for they may be anything

constexpr std::string_view kProgram = "noroshi-subscriber";
constexpr std::string_view kDataId = "noroshi@32473";  // 32473: the enterprise number for who has none (RFC 5612)
constexpr std::string_view kUtf8 = "\xEF\xBB\xBF";
constexpr std::string_view kCut = "…";

std::string cut(std::string_view text, std::size_t most) {
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    text = text.substr(0, most);
  }
  return std::string(text);
}

// A field of the header: printable ASCII without blanks, "-" if there is nothing.
std::string field(std::string_view text, std::size_t most) {
  std::string out(text.substr(0, most));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c <= ' ' || c >= '\x7f'; }, '?');
  return out.empty() ? "-" : out;
}

std::string parameter(std::string_view name, const std::string& value) {
  std::string out = " " + std::string(name) + "=\"";
  for (const char c : cut(one_line(value), kValueBytes)) {
    if ((c == '"' || c == '\\' || c == ']') && !planted(Bug::syslog_as_it_came)) out += '\\';
    out += c;
  }
  return out + "\"";
}

using Parameters = std::vector<std::pair<std::string_view, std::string>>;

std::string structured(const Parameters& parameters) {
  std::string out = "[" + std::string(kDataId);
  for (const auto& [name, value] : parameters) out += parameter(name, value);
  return out + "]";
}

// By what the matrix says the item is for: C to answer an attack under way, B.c before one, B.b lessons of the day.
Severity severity_of(const Matrix& matrix, const v1::Report& report, Status status) {
  if (status != Status::actual) return kNotice;
  const MatrixItem* item = matrix.item(report.item());
  const std::string_view category = item ? std::string_view(item->category) : "";
  if (category == "C") return kAlert;
  if (category == "B.c") return kCritical;
  return category == "B.b" || !item ? kWarning : kNotice;
}

struct Parts {
  Severity severity{};
  Micros at{};
  std::string kind;
  std::string data;
  std::string text;
};

Parts parts_of(const cli::Common& common, const Matrix& matrix, const Reading& reading, Micros now) {
  const v1::Report& report = reading.report;
  const Status status = wire::from_wire(report.status()).value_or(Status::actual);
  const std::string seq = std::to_string(reading.entry.seq.value);
  Parameters data{{"id", report.id()},
                  {"item", report.item()},
                  {"tlp", report.tlp()},
                  {"status", std::string(name_of(status))},
                  {"lane", std::string(name_of(reading.entry.lane))},
                  {"seq", seq},
                  {"publisher", report.organization()},
                  {"signature", reading.signature}};
  if (report.has_relates_to()) {
    data.emplace_back("relation", v1::RelatesTo::Relation_Name(report.relates_to().relation()));
    data.emplace_back("relatesTo", report.relates_to().report_id());
  }
  return {severity_of(matrix, report, status), reading.entry.recorded_at, report.item(), structured(data),
          summary(common, matrix, article_of(common, reading, now)) + "  TLP:" + one_line(report.tlp()) + "  #" + seq};
}

Parts parts_of(const cli::Common& common, const LinkEvent& link) {
  if (!link.report.empty()) {
    const bool drill = link.status != Status::actual;
    return {drill ? kNotice : kError, link.at, link.event,
            structured({{"event", link.event},
                        {"lane", std::string(name_of(link.lane))},
                        {"id", link.report},
                        {"status", std::string(name_of(link.status))},
                        {"stage", link.stage}}),
            (drill ? common(cli::drill_mark(link.status)) : "") +
                common({"確認の期限を過ぎた報告があります: ", "a report is overdue here: "}) + one_line(link.report) +
                " " + link.stage};
  }
  if (link.fork)
    return {kCritical, link.at, link.event,
            structured({{"event", link.event},
                        {"breach", std::string(name_of(link.fork->breach))},
                        {"evidence", link.fork->evidence}}),
            common({"ブローカーのログに異状があります: ", "the broker's log is not the one that it was: "}) +
                common(words(link.fork->breach))};
  const bool lost = link.event == "link_lost";
  return {lost ? kError : kNotice, link.at, link.event,
          structured({{"event", link.event}, {"lane", std::string(name_of(link.lane))}}),
          common(lost ? cli::Text{"ブローカーとの回線が切れました: ", "link to the broker lost: "}
                      : cli::Text{"ブローカーとの回線が復旧しました: ", "link to the broker is back: "}) +
              common(cli::lane_word(link.lane))};
}

}  // namespace

std::string syslog_message(const cli::Common& common, const Matrix& matrix, const SyslogOrigin& origin,
                           const Parcel& parcel, std::size_t most, Micros now) {
  const Parts parts = parcel.reading ? parts_of(common, matrix, *parcel.reading, now) : parts_of(common, parcel.link);
  std::string out = "<" + std::to_string(origin.facility * 8 + parts.severity) + ">1 " + cli::rfc3339(parts.at) + " " +
                    field(origin.host, kHostLength) + " " + std::string(kProgram) + " " +
                    field(origin.process, kProcessLength) + " " + field(parts.kind, kKindLength) + " " + parts.data +
                    " " + std::string(kUtf8);
  if (out.size() + parts.text.size() <= most) return out + parts.text;
  return out + cut(parts.text, most - std::min(most, out.size() + kCut.size())) + std::string(kCut);
}

}  // namespace noroshi::subscriber
