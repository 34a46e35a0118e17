#include "proto/cli/report_view.h"

#include <boost/json.hpp>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "proto/cli/report_page.h"
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

constexpr std::string_view kIndent = "  ";

// Every line of `text` under the first one's column.
std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out;
}

// Labels and values, the values in one column.
std::string rows(const Common& common, const std::vector<ReportPage::Fact>& facts) {
  std::size_t widest = 0;
  for (const auto& fact : facts) widest = std::max(widest, width(fact.label));
  std::string out;
  for (const auto& [label, value, colour] : facts)
    out.append(kIndent)
        .append(paint(common, Colour::dim, pad(label, widest)))
        .append("  ")
        .append(colour ? paint(common, *colour, value) : value)
        .append("\n");
  return out;
}

std::string part_text(const Common& common, const ReportPage::Part& part) {
  std::string out = "\n" + paint(common, Colour::bold, "■ " + part.heading) + "\n";
  if (!part.text.empty()) out.append(kIndent).append(indented(part.text, kIndent)).append("\n");
  for (const auto& [text, url] : part.lines) out.append(kIndent).append("- ").append(text).append(url).append("\n");
  return out;
}

std::string page_text(const Common& common, const ReportPage& page) {
  // Before and after everything: whoever sees only one end of a drill must not take it for live.
  const std::string banner = page.drill.empty() ? "" : paint(common, Colour::red, page.drill) + "\n";
  std::string out = banner;
  out += paint(common, page.urgent ? Colour::red : Colour::cyan, "[" + page.lane + "]");
  out += " " + paint(common, label_colour(page.tlp), "TLP:" + page.tlp);
  out += "  " + page.topic + "  #" + page.seq + "\n";
  out += paint(common, Colour::bold, page.title) + "\n" + rows(common, page.facts);
  for (const auto& part : page.parts) out += part_text(common, part);
  return out + banner;
}

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
  return page_text(common, report_page(common, matrix, entry, report, signature));
}

}  // namespace noroshi::cli
