#include "auditor/csv.h"

#include "proto/wire/decode.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/fake_broker.h"

namespace noroshi::auditor {

namespace {
ReplayEntry report(const std::string& title) {
  ReplayEntry out;
  const v1::SignedReport signed_report = test::Author{"bank-a"}.sign(title);
  out.entry = wire::from_wire(test::report_entry(7, signed_report));
  out.report.ParseFromString(signed_report.report());
  return out;
}
}  // namespace

TEST_CASE("a row has as many cells as the heading, whatever is in them") {
  const std::string row = csv_row(report("停電, \"東\"\n側"));
  CHECK(row.find(",GREEN,\"停電, \"\"東\"\"\n側\",,valid,") != std::string::npos);
  CHECK(row.starts_with("7,1970-01-01T00:00:07"));
  CHECK(csv_head() ==
        "seq,recordedAt,kind,redacted,organization,reportIds,topic,tlp,title,stage,signature,leafHash\r\n");
}

TEST_CASE("nobody's title is a formula") {
  for (const char* title : {"=1+1", "+1", "-1", "@x"})
    CHECK(csv_row(report(title)).find(std::string(",'") + title + ",") != std::string::npos);
}

TEST_CASE("a hidden entry has its leaf and nothing else") {
  ReplayEntry hidden = report("x");
  hidden.redacted = true;
  const std::string row = csv_row(hidden);
  CHECK(row.find("report,true,,,,,,,,") != std::string::npos);
  CHECK(row.find("GREEN") == std::string::npos);
}

}  // namespace noroshi::auditor
