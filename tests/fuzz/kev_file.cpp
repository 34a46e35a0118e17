// A KEV catalogue, as downloaded.
#include "publisher/import_kev.h"
#include "publisher/prepare.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace noroshi;
using fuzz::promise;

const publisher::Terms& terms_at(std::int64_t second) {
  static publisher::Terms terms{fuzz::matrix(), publisher::Author{"acme-vendor", "other"}, std::nullopt, {}};
  terms.now = Micros{second * kMicrosPerSecond};
  return terms;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto all = publisher::import_kev("kev.json", {reinterpret_cast<const char*>(data), size});
  for (const publisher::Imported& each : all) {
    if (const auto* no = std::get_if<Rejection>(&each.report)) {
      promise(no->reason == Reason::malformed && no->detail.starts_with("kev.json: "), "a rejection says where");
      continue;
    }
    const auto& report = std::get<v1::Report>(each.report);
    const auto first = publisher::prepare(report, each.identity, terms_at(1'800'000'000));
    const auto later = publisher::prepare(report, each.identity, terms_at(1'900'000'000));
    if (const auto* no = std::get_if<Rejection>(&first)) {
      promise(!no->detail.empty(), "a rejection says what is wrong");
      continue;
    }
    promise(std::get<publisher::Checked>(first).bytes == std::get<publisher::Checked>(later).bytes,
            "the same entry is the same report at any time");
  }
  return 0;
}
