#include "publisher/prepare.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "proto/cli/cli.h"
#include "proto/types/limits.h"
#include "proto/wire/decode.h"
#include "publisher/import_json.h"
#include "publisher/import_kev.h"
#include "publisher/placeholder.h"
#include "schemas/report_check.h"

namespace noroshi::publisher {
namespace {

struct Largest {
  std::string path;
  std::size_t bytes = 0;
};

// The localized texts of a message, if it has any. Not by reflection: code built for ThreadSanitizer and the system's
// protobuf disagree about what a map looks like inside.
const google::protobuf::Map<std::string, std::string>* texts_of(const google::protobuf::Message& message) {
  if (const auto* report = google::protobuf::DynamicCastToGenerated<v1::Report>(&message)) return &report->title();
  if (const auto* section = google::protobuf::DynamicCastToGenerated<v1::Section>(&message)) return &section->text();
  return nullptr;
}

// The longest text or attachment of a report: what to shorten.
void find_largest(const google::protobuf::Message& message, const std::string& path, Largest& out) {
  using google::protobuf::FieldDescriptor;
  const auto& reflection = *message.GetReflection();
  const auto& type = *message.GetDescriptor();
  const auto look_at = [&out](const std::string& where, std::size_t bytes) {
    if (bytes > out.bytes) out = {where, bytes};
  };
  for (int f = 0; f < type.field_count(); ++f) {
    const FieldDescriptor* field = type.field(f);
    const std::string name = path + (path.empty() ? "" : ".") + field->json_name();
    if (field->is_map()) {
      if (const auto* texts = texts_of(message))
        for (const auto& [language, text] : *texts) look_at(name + "." + language, text.size());
      continue;
    }
    const bool repeated = field->is_repeated();
    const int count = repeated ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string here = repeated ? name + "[" + std::to_string(i) + "]" : name;
      if (field->message_type())
        find_largest(
            repeated ? reflection.GetRepeatedMessage(message, field, i) : reflection.GetMessage(message, field), here,
            out);
      else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
        look_at(
            here,
            (repeated ? reflection.GetRepeatedString(message, field, i) : reflection.GetString(message, field)).size());
    }
  }
}

Rejection too_large(const v1::Report& report, std::size_t bytes) {
  Largest largest;
  find_largest(report, "", largest);
  return {Reason::too_large, largest.path,
          "the report has " + std::to_string(bytes) + " bytes; at most " + std::to_string(limits::kReportBytes) +
              ": this part alone has " + std::to_string(largest.bytes) + "; put it behind a link in references"};
}

std::optional<Rejection> relate(v1::Report& report, const Relating& relating) {
  v1::RelatesTo wanted;
  wanted.set_report_id(relating.report);
  wanted.set_relation(static_cast<v1::RelatesTo::Relation>(relating.relation));
  const bool same =
      report.relates_to().report_id() == wanted.report_id() && report.relates_to().relation() == wanted.relation();
  if (report.has_relates_to() && !same)
    return Rejection{Reason::malformed, "relatesTo",
                     "the report names another relation than --relates-to and --relation: keep one of the two"};
  *report.mutable_relates_to() = std::move(wanted);
  return std::nullopt;
}

std::optional<Rejection> check_author(const Report& report, const Author& author) {
  if (report.organization != author.organization)
    return Rejection{Reason::organization_mismatch, "organization",
                     "the report says " + report.organization + ", the sender is " + author.organization};
  if (report.source != author.source)
    return Rejection{Reason::source_mismatch, "source", "the sender publishes as source group " + author.source};
  return std::nullopt;
}

std::optional<Rejection> check_filled_in(const Report& report) {
  const auto path = first_placeholder(report);
  if (!path || report.status != Status::actual) return std::nullopt;
  return Rejection{Reason::missing_field, *path,
                   "still the template's placeholder: write the text, or leave this language or section out"};
}

}  // namespace

std::variant<Checked, Rejection> prepare(v1::Report report, Identity identity, const Terms& terms) {
  if (terms.author && terms.author->source.empty())
    return Rejection{Reason::not_permitted, "",
                     "this credential has no right to publish: ask the registrar for it (enroll --source --publish)"};
  if (terms.relating)
    if (auto broken = relate(report, *terms.relating)) return std::move(*broken);
  // Without an author any source of the matrix does: whose report it is goes unchecked.
  complete(report,
           terms.author.value_or(Author{"", terms.matrix.sources.empty() ? "" : terms.matrix.sources.front().id}),
           terms.matrix, identity, terms.now);
  Bytes bytes = serialized(report);
  if (bytes.size() > limits::kReportBytes) return too_large(report, bytes.size());
  auto decoded = wire::decode_report(bytes);
  if (auto* broken = std::get_if<Rejection>(&decoded)) return std::move(*broken);
  Report& plain = std::get<Report>(decoded);
  if (auto broken = check_report(plain, terms.matrix)) return std::move(*broken);
  if (terms.author) {
    if (auto broken = check_author(plain, *terms.author)) return std::move(*broken);
    if (auto broken = check_filled_in(plain)) return std::move(*broken);
  }
  return Checked{std::move(plain), std::move(bytes)};
}

std::vector<Prepared> prepare_text(std::string_view name, std::string_view text, Importer importer,
                                   const Terms& terms) {
  std::vector<Prepared> out;
  for (Imported& imported : importer(name, text)) {
    Prepared prepared{std::move(imported.where), Rejection{}};
    if (auto* broken = std::get_if<Rejection>(&imported.report)) {
      prepared.outcome = std::move(*broken);
    } else {
      auto outcome = prepare(std::move(std::get<v1::Report>(imported.report)), imported.identity, terms);
      if (auto* no = std::get_if<Rejection>(&outcome)) no->detail = prepared.where + ": " + no->detail;
      prepared.outcome = std::move(outcome);
    }
    out.push_back(std::move(prepared));
  }
  return out;
}

std::vector<Prepared> prepare_files(const std::vector<std::string>& files, Importer importer, const Terms& terms,
                                    const std::function<void(const std::string&)>& missing) {
  std::vector<Prepared> out;
  for (const std::string& file : files) {
    std::string text;
    try {
      text = cli::read_file(file, kFileBytes);
    } catch (const cli::Failure& failure) {
      missing(failure.what());
      continue;
    }
    for (Prepared& prepared : prepare_text(file == "-" ? "stdin" : file, text, importer, terms))
      out.push_back(std::move(prepared));
  }
  return out;
}

std::optional<Importer> importer_named(std::string_view format) {
  if (format == "json") return import_json;
  if (format == "kev") return import_kev;
  return std::nullopt;
}

}  // namespace noroshi::publisher
