#include "proto/cli/report_page.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "proto/cli/report_words.h"
#include "proto/types/topic.h"
#include "proto/wire/decode.h"

namespace noroshi::cli {
namespace {

namespace pb = google::protobuf;

template <class Map>
Localized localized(const Map& map) {
  return {map.begin(), map.end()};
}

// For what has to stay on one line.
std::string plain(std::string_view text) {
  std::string out = printable(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

template <class List>
std::string joined(const List& list, std::string_view between) {
  std::string out;
  for (const auto& each : list) out.append(out.empty() ? "" : between).append(plain(each));
  return out;
}

// As CVSS scores are written.
std::string one_decimal(double value) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%.1f", value);
  return out.data();
}

class Writer {
 public:
  Writer(const Common& common, const Matrix& matrix, const Entry& entry, const v1::Report& report)
      : c_(common),
        matrix_(matrix),
        entry_(entry),
        r_(report),
        status_(wire::from_wire(report.status()).value_or(Status::actual)) {}

  ReportPage page(std::string_view signature) const {
    ReportPage out;
    const std::string mark = status_ == Status::actual ? "" : c_(drill_mark(status_));
    if (!mark.empty()) out.drill = mark + " " + c_(drill_words(status_)) + " " + mark;
    out.urgent = entry_.lane == Lane::urgent;
    out.lane = c_(lane_word(entry_.lane));
    out.tlp = plain(r_.tlp());
    out.topic = plain(topic_of(status_, r_.item(), r_.source()));
    out.seq = std::to_string(entry_.seq.value);
    out.title = (mark.empty() ? "" : mark + " ") + c_(follower_mark(r_)) + plain(c_(localized(r_.title())));
    out.facts = facts(signature);
    out.parts = sections();
    lists(out.parts);
    return out;
  }

 private:
  std::vector<ReportPage::Fact> facts(std::string_view signature) const {
    std::vector<ReportPage::Fact> rows;
    const auto add = [&](Text label, std::string value, std::optional<Colour> colour = {}) {
      if (!value.empty()) rows.push_back({c_(label), std::move(value), colour});
    };
    const MatrixItem* item = matrix_.item(r_.item());
    const MatrixCategory* category = item ? matrix_.category(item->category) : nullptr;
    const SourceGroup* source = matrix_.source(r_.source());
    add({"種別", "Item"}, item ? c_(item->label) : plain(r_.item()));
    add({"分類", "Category"}, category ? category->id + " " + c_(category->label) : "");
    add({"状態", "Status"}, c_(status_word(status_)));
    add({"発信元", "From"}, plain(r_.organization()) + (source ? " (" + c_(source->label) + ")" : ""));
    add({"報番号", "Serial"}, serial());
    add({"関連", "Relation"}, relation());
    add({"配布先", "Audience"}, audience());
    add({"発生日時", "Occurred"}, time(r_.has_occurred_at(), r_.occurred_at()));
    add({"検知日時", "Detected"}, time(r_.has_detected_at(), r_.detected_at()));
    add({"発信日時", "Issued"}, time(r_.has_issued_at(), r_.issued_at()));
    add({"有効期限", "Expires"}, time(r_.has_expires_at(), r_.expires_at()));
    add({"受付日時", "Recorded"}, local_time(entry_.recorded_at));
    add({"対策室", "Response room"}, response_room());
    add({"事象の種別", "Event types"}, joined(r_.incident().event_types(), ", "));
    add({"原因の種別", "Cause types"}, joined(r_.incident().cause_types(), ", "));
    add({"コード表の版", "Code lists"}, plain(r_.incident().code_list_version()));
    add({"署名", "Signature"}, c_(signature_word(signature)), signature_colour(signature));
    add({"識別子", "Id"}, plain(r_.id()));
    add({"マトリックス版", "Matrix"}, plain(r_.matrix_version()));
    return rows;
  }

  std::string serial() const {
    if (r_.serial() == 0) return {};
    return c_({"第", "no. "}) + std::to_string(r_.serial()) + c_({"報", ""});
  }

  std::string relation() const {
    if (!r_.has_relates_to()) return {};
    const std::string word = c_(relation_word(r_.relates_to().relation()));
    return c_.ja() ? plain(r_.relates_to().report_id()) + " の" + word
                   : word + " " + plain(r_.relates_to().report_id());
  }

  std::string audience() const {
    std::vector<std::string> parts;
    const auto part = [&](Text label, const auto& names) {
      if (!names.empty()) parts.push_back(c_(label) + " " + joined(names, ", "));
    };
    std::vector<std::string> tiers;
    for (const std::string& tier : r_.audience().tiers()) tiers.push_back(c_(tier_word(tier)));
    part({"分野:", "sectors:"}, r_.audience().sectors());
    part({"区分:", "tiers:"}, tiers);
    part({"組織:", "organisations:"}, r_.audience().organizations());
    return joined(parts, " / ");
  }

  std::string time(bool given, const pb::Timestamp& t) const {
    if (!given) return {};
    return local_time(time_of(t));
  }

  std::string response_room() const {
    if (!r_.has_response_room()) return {};
    std::string out = r_.response_room().state() == v1::ResponseRoom::OPENED ? c_({"設置", "opened"})
                      : r_.response_room().state() == v1::ResponseRoom::CLOSED
                          ? c_({"閉鎖", "closed"})
                          : c_({"状態の記載なし", "state not given"});
    if (!r_.response_room().contact().empty())
      out += c_({"、連絡先: ", ", contact: "}) + plain(r_.response_room().contact());
    return out;
  }

  std::vector<ReportPage::Part> sections() const {
    const MatrixItem* item = matrix_.item(r_.item());
    std::vector<ReportPage::Part> out;
    for (const auto& section : r_.sections()) {
      const MatrixField* field = item ? item->field(section.field()) : nullptr;
      const std::string state = c_(state_word(section.state()));
      ReportPage::Part& part = out.emplace_back();
      part.heading = (field ? c_(field->label) : plain(section.field())) + (state.empty() ? "" : " 〔" + state + "〕");
      part.text = printable(c_(localized(section.text())));
    }
    return out;
  }

  void lists(std::vector<ReportPage::Part>& out) const {
    const auto list = [&](Text label, const auto& entries, const auto& line) {
      if (entries.empty()) return;
      ReportPage::Part& part = out.emplace_back();
      part.heading = c_(label);
      for (const auto& each : entries) part.lines.push_back(line(each));
    };
    using Line = ReportPage::Line;
    list({"脆弱性の識別子", "Vulnerabilities"}, r_.vulnerabilities(), [](const v1::Vulnerability& v) {
      std::string line = plain(v.id());
      if (v.cvss() > 0) line += "  CVSS " + one_decimal(v.cvss());
      if (!v.products().empty()) line += "  " + joined(v.products(), ", ");
      return Line{line, {}};
    });
    list({"痕跡情報", "Indicators"}, r_.indicators(), [](const v1::Indicator& i) {
      return Line{plain(i.type()) + ": " + plain(i.value()), {}};
    });
    list({"参考情報", "References"}, r_.references(), [](const v1::Reference& r) {
      return Line{r.title().empty() ? "" : plain(r.title()) + "  ", plain(r.url())};
    });
    list({"添付ファイル", "Attachments"}, r_.attachments(), [&](const v1::Attachment& a) {
      return Line{plain(a.name()) + " (" + plain(a.media_type()) + ", " + std::to_string(a.data().size()) +
                      c_({" バイト)", " bytes)"}),
                  {}};
    });
  }

  const Common& c_;
  const Matrix& matrix_;
  const Entry& entry_;
  const v1::Report& r_;
  Status status_;
};

}  // namespace

ReportPage report_page(const Common& common, const Matrix& matrix, const Entry& entry, const v1::Report& report,
                       std::string_view signature) {
  return Writer(common, matrix, entry, report).page(signature);
}

}  // namespace noroshi::cli
