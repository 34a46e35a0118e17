// A file of reports as JSON, from whoever exports them to the publisher.
#include "proto/cli/report_view.h"
#include "proto/types/limits.h"
#include "proto/wire/decode.h"
#include "publisher/import_json.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace noroshi;
using fuzz::promise;

void check_report(const v1::Report& report) {
  const Bytes bytes = report.SerializeAsString();
  const auto decoded = wire::decode_report(bytes);
  const auto* no = std::get_if<Rejection>(&decoded);
  // JSON can say what a report cannot: the number of a status that does not exist, a control character.
  promise(!no || no->reason == Reason::too_large || !no->field.empty(),
          "what is read from JSON is a report to the broker, too, or it is said which field is none");
  if (no) return;
  const std::string json = cli::report_json(report);
  const auto again = publisher::import_json("again", json);
  promise(again.size() == 1 && std::holds_alternative<v1::Report>(again.front().report) &&
              cli::report_json(std::get<v1::Report>(again.front().report)) == json,
          "a report survives its JSON form");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto all = publisher::import_json("input.json", {reinterpret_cast<const char*>(data), size});
  for (const publisher::Imported& each : all) {
    promise(each.where.starts_with("input.json"), "everything says where it is from");
    if (const auto* report = std::get_if<v1::Report>(&each.report)) {
      check_report(*report);
      continue;
    }
    const Rejection& no = std::get<Rejection>(each.report);
    promise(no.reason == Reason::malformed && no.detail.starts_with(each.where) && no.detail.size() > each.where.size(),
            "a rejection says where and what");
    promise(no.detail.size() < 4096, "a rejection is short");
  }
  return 0;
}
