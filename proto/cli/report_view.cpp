#include "proto/cli/report_view.h"

#include <boost/json.hpp>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "proto/cli/report_words.h"
#include "proto/types/topic.h"
#include "proto/wire/decode.h"

namespace noroshi::cli {
namespace {

namespace pb = google::protobuf;

Status status_of(const v1::Report& report) { return wire::from_wire(report.status()).value_or(Status::actual); }

std::string topic_of(const v1::Report& report) {
  return noroshi::topic_of(status_of(report), report.item(), report.source());
}

template <class Map>
Localized localized(const Map& map) {
  return {map.begin(), map.end()};
}

constexpr std::string_view kIndent = "  ";

// Every line of `text` under the first one's column; others' texts come through here or plain().
std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  for (const char c : printable(text)) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out;
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

// Labels and values, the values in one column.
class Rows {
 public:
  explicit Rows(const Common& common) : common_(common) {}

  void add(Text label, std::string value) {
    if (!value.empty()) rows_.emplace_back(common_(label), std::move(value));
  }

  std::string text() const {
    std::size_t widest = 0;
    for (const auto& row : rows_) widest = std::max(widest, width(row.first));
    std::string out;
    for (const auto& [label, value] : rows_)
      out.append(kIndent)
          .append(paint(common_, Colour::dim, pad(label, widest)))
          .append("  ")
          .append(value)
          .append("\n");
    return out;
  }

 private:
  const Common& common_;
  std::vector<std::pair<std::string, std::string>> rows_;
};

class View {
 public:
  View(const Common& common, const Matrix& matrix, const Entry& entry, const v1::Report& report)
      : c_(common), matrix_(matrix), entry_(entry), r_(report), status_(status_of(report)) {}

  std::string text(std::string_view signature) const {
    return banner() + header() + title() + facts(signature) + sections() + lists() + banner();
  }

 private:
  // Before and after everything: whoever sees only one end of a drill must not take it for live.
  std::string banner() const {
    if (status_ == Status::actual) return {};
    const std::string mark = c_(drill_mark(status_));
    return paint(c_, Colour::red, mark + " " + c_(drill_words(status_)) + " " + mark) + "\n";
  }

  std::string header() const {
    std::string out =
        paint(c_, entry_.lane == Lane::urgent ? Colour::red : Colour::cyan, "[" + c_(lane_word(entry_.lane)) + "]");
    out += " " + paint(c_, label_colour(r_.tlp()), "TLP:" + plain(r_.tlp()));
    return out + "  " + plain(topic_of(r_)) + "  #" + std::to_string(entry_.seq.value) + "\n";
  }

  std::string title() const {
    const std::string mark = status_ == Status::actual ? "" : c_(drill_mark(status_)) + " ";
    return paint(c_, Colour::bold, mark + plain(c_(localized(r_.title())))) + "\n";
  }

  std::string facts(std::string_view signature) const {
    Rows rows(c_);
    const MatrixItem* item = matrix_.item(r_.item());
    const MatrixCategory* category = item ? matrix_.category(item->category) : nullptr;
    const SourceGroup* source = matrix_.source(r_.source());
    rows.add({"種別", "Item"}, item ? c_(item->label) : plain(r_.item()));
    rows.add({"分類", "Category"}, category ? category->id + " " + c_(category->label) : "");
    rows.add({"状態", "Status"}, c_(status_word(status_)));
    rows.add({"発信元", "From"}, plain(r_.organization()) + (source ? " (" + c_(source->label) + ")" : ""));
    rows.add({"報番号", "Serial"}, serial());
    rows.add({"関連", "Relation"}, relation());
    rows.add({"配布先", "Audience"}, audience());
    rows.add({"発生日時", "Occurred"}, time(r_.has_occurred_at(), r_.occurred_at()));
    rows.add({"検知日時", "Detected"}, time(r_.has_detected_at(), r_.detected_at()));
    rows.add({"発信日時", "Issued"}, time(r_.has_issued_at(), r_.issued_at()));
    rows.add({"有効期限", "Expires"}, time(r_.has_expires_at(), r_.expires_at()));
    rows.add({"受付日時", "Recorded"}, local_time(entry_.recorded_at));
    rows.add({"対策室", "Response room"}, response_room());
    rows.add({"事象の種別", "Event types"}, joined(r_.incident().event_types(), ", "));
    rows.add({"原因の種別", "Cause types"}, joined(r_.incident().cause_types(), ", "));
    rows.add({"コード表の版", "Code lists"}, plain(r_.incident().code_list_version()));
    rows.add({"署名", "Signature"}, signature_word(signature));
    rows.add({"識別子", "Id"}, plain(r_.id()));
    rows.add({"マトリックス版", "Matrix"}, plain(r_.matrix_version()));
    return rows.text();
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
    part({"分野:", "sectors:"}, r_.audience().sectors());
    part({"区分:", "tiers:"}, r_.audience().tiers());
    part({"組織:", "organisations:"}, r_.audience().organizations());
    return joined(parts, " / ");
  }

  std::string time(bool given, const pb::Timestamp& t) const {
    if (!given) return {};
    return local_time(Micros{t.seconds() * kMicrosPerSecond + t.nanos() / 1000});
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

  std::string signature_word(std::string_view signature) const {
    if (signature == "valid") return paint(c_, Colour::green, c_({"正しい", "valid"}));
    if (signature == "invalid")
      return paint(c_, Colour::red,
                   c_({"不正 - この内容を信用しないでください", "INVALID - do not trust this report"}));
    return paint(c_, Colour::yellow, c_({"確認できません (鍵が不明)", "cannot be checked (key unknown)"}));
  }

  std::string heading(const std::string& label) const { return "\n" + paint(c_, Colour::bold, "■ " + label) + "\n"; }

  std::string sections() const {
    const MatrixItem* item = matrix_.item(r_.item());
    std::string out;
    for (const auto& section : r_.sections()) {
      const MatrixField* field = item ? item->field(section.field()) : nullptr;
      const std::string state = c_(state_word(section.state()));
      out += heading((field ? c_(field->label) : plain(section.field())) + (state.empty() ? "" : " 〔" + state + "〕"));
      const std::string words = c_(localized(section.text()));
      if (!words.empty()) out.append(kIndent).append(indented(words, kIndent)).append("\n");
    }
    return out;
  }

  std::string lists() const {
    std::string out;
    const auto list = [&](Text label, const auto& entries, const auto& line) {
      if (entries.empty()) return;
      out += heading(c_(label));
      for (const auto& each : entries) out.append(kIndent).append("- ").append(line(each)).append("\n");
    };
    list({"脆弱性の識別子", "Vulnerabilities"}, r_.vulnerabilities(), [](const v1::Vulnerability& v) {
      std::string line = plain(v.id());
      if (v.cvss() > 0) line += "  CVSS " + one_decimal(v.cvss());
      if (!v.products().empty()) line += "  " + joined(v.products(), ", ");
      return line;
    });
    list({"痕跡情報", "Indicators"}, r_.indicators(),
         [](const v1::Indicator& i) { return plain(i.type()) + ": " + plain(i.value()); });
    list({"参考情報", "References"}, r_.references(),
         [](const v1::Reference& r) { return (r.title().empty() ? "" : plain(r.title()) + "  ") + plain(r.url()); });
    list({"添付ファイル", "Attachments"}, r_.attachments(), [&](const v1::Attachment& a) {
      return plain(a.name()) + " (" + plain(a.media_type()) + ", " + std::to_string(a.data().size()) +
             c_({" バイト)", " bytes)"});
    });
    return out;
  }

  const Common& c_;
  const Matrix& matrix_;
  const Entry& entry_;
  const v1::Report& r_;
  Status status_;
};

}  // namespace

std::string report_json(const v1::Report& report) {
  // By way of deterministic bytes: protobuf's maps have no order of their own, and so neither would the languages here.
  std::string bytes;
  {
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    report.SerializeToCodedStream(&out);
  }
  static const std::unique_ptr<pb::util::TypeResolver> types(
      pb::util::NewTypeResolverForDescriptorPool("type.googleapis.com", pb::DescriptorPool::generated_pool()));
  std::string json;
  const auto status = pb::util::BinaryToJsonString(
      types.get(), "type.googleapis.com/" + v1::Report::descriptor()->full_name(), bytes, &json, {});
  if (!status.ok()) throw std::runtime_error("report " + report.id() + ": no JSON form: " + status.ToString());
  return json;
}

std::string delivery_json(const Entry& entry, const v1::Report& report, std::string_view signature) {
  const boost::json::object head{
      {"seq", entry.seq.value},    {"recordedAt", rfc3339(entry.recorded_at)}, {"lane", name_of(entry.lane)},
      {"topic", topic_of(report)}, {"publisher", report.organization()},       {"signature", signature}};
  std::string line = boost::json::serialize(head);
  line.back() = ',';  // the closing brace: protobuf's own text goes in as it is
  return line + "\"report\":" + report_json(report) + "}";
}

std::string report_text(const Common& common, const Matrix& matrix, const Entry& entry, const v1::Report& report,
                        std::string_view signature) {
  return View(common, matrix, entry, report).text(signature);
}

}  // namespace noroshi::cli
