// A report's bytes, from a publisher: read strictly as the broker does, leniently and shown as a reader does.
#include "proto/cli/report_view.h"
#include "proto/types/limits.h"
#include "proto/wire/decode.h"
#include "publisher/import_json.h"
#include "schemas/report_check.h"
#include "tests/fuzz/display.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace noroshi;
using fuzz::promise;

void check_rejection(const Rejection& no) {
  promise(name_of(no.reason) != "?", "a rejection has a reason of the catalogue");
  promise(!no.detail.empty(), "a rejection says what is wrong");
  promise(fuzz::fit_for_terminal(no.field) && fuzz::fit_for_terminal(no.detail), "a rejection is fit for a terminal");
}

void check_limits(const Report& report) {
  promise(is_uuidv7(report.id.value), "an accepted report has an id");
  promise(report.label().has_value() && report.status.has_value(), "an accepted report has label and status");
  promise(!report.title.empty() && !report.sections.empty(), "an accepted report says something");
  for (const auto& [language, text] : report.title)
    promise(text.size() <= limits::kTitleBytes, "an accepted title is short");
  promise(report.sections.size() <= limits::kListEntries && report.references <= limits::kListEntries &&
              report.indicators <= limits::kListEntries && report.vulnerabilities <= limits::kListEntries,
          "accepted lists are short");
  for (const Attachment& file : report.attachments)
    promise(file.bytes <= limits::kAttachmentBytes, "accepted attachments are small");
}

// Every report the broker takes can be written as JSON, and from there be published again.
void check_round_trip(const v1::Report& report) {
  const std::string json = cli::report_json(report);
  const auto again = publisher::report_from_json(json, json);
  const auto* same = std::get_if<v1::Report>(&again);
  promise(
      same && same->SerializeAsString().size() == report.SerializeAsString().size() && cli::report_json(*same) == json,
      "a report survives its JSON form");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  client::Checked delivery;
  const bool readable =
      delivery.report.ParseFromArray(data, static_cast<int>(size)) && !wire::bad_time(delivery.report);
  const auto decoded = wire::decode_report(bytes);
  if (const auto* report = std::get_if<Report>(&decoded)) {
    promise(readable, "what the broker reads, a reader reads");
    promise(report->size == size && report->digest == wire::sha256(bytes), "size and digest are those of the bytes");
    const auto broken = check_report(*report, fuzz::matrix());
    if (broken)
      check_rejection(*broken);
    else {
      check_limits(*report);
      check_round_trip(delivery.report);
    }
  } else {
    check_rejection(std::get<Rejection>(decoded));
  }
  if (readable) fuzz::check_display(delivery);
  return 0;
}
