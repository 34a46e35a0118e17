// /metrics: every series is there from the start, with the names of the contract.
#include <string>
#include <vector>

#include "broker/http/server.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("metrics of a broker that has done nothing have every series, at 0") {
  const std::string text = http::metrics_text({});
  for (const auto& [reason, name] : kReasons) {
    CHECK(has_line(text, "noroshi_reports_rejected_total{reason=\"" + std::string(name) + "\"} 0"));
    CHECK(has_line(text, "noroshi_sessions_refused_total{reason=\"" + std::string(name) + "\"} 0"));
  }
  for (const auto& [lane, name] : kLanes)
    for (const char* family : {"noroshi_reports_accepted_total", "noroshi_entries_delivered_total", "noroshi_backlog"})
      CHECK(has_line(text, std::string(family) + "{lane=\"" + std::string(name) + "\"} 0"));
  for (const auto& [door, name] : core::kDoors)
    CHECK(has_line(text, "noroshi_sessions{door=\"" + std::string(name) + "\"} 0"));
  for (const char* single :
       {"noroshi_duplicates_total", "noroshi_digests_released_total", "noroshi_members_silent_total",
        "noroshi_log_head", "noroshi_members", "noroshi_start_time_seconds"})
    CHECK(has_line(text, std::string(single) + " 0"));
  CHECK(has_line(text, "noroshi_posture{posture=\"normal\"} 1"));
  CHECK(has_line(text, "noroshi_posture{posture=\"incident\"} 0"));
}

TEST_CASE("metrics say what the snapshot says") {
  http::Snapshot snapshot;
  snapshot.stats.accepted[Lane::urgent] = 3;
  snapshot.stats.rejected[Reason::tlp_missing] = 2;
  snapshot.stats.refused[Reason::revoked] = 1;
  snapshot.stats.sessions[core::Door::archive] = 4;
  snapshot.stats.backlog[Lane::batched] = 5;
  snapshot.stats.duplicates = 6;
  snapshot.head = Seq{12345678};  // no exponent: rate() of a rounded number is wrong
  snapshot.members = 2000;
  snapshot.posture = Posture::incident;
  snapshot.witnesses = {{"nisc", 12345677, Micros{1'800'000'001'000'000}, 7, "HTTP 503"}};
  snapshot.started_at = Micros{1'800'000'000'500'000};
  const std::string text = http::metrics_text(snapshot);
  for (const char* line :
       {"noroshi_reports_accepted_total{lane=\"urgent\"} 3", "noroshi_reports_rejected_total{reason=\"tlp_missing\"} 2",
        "noroshi_sessions_refused_total{reason=\"revoked\"} 1", "noroshi_sessions{door=\"archive\"} 4",
        "noroshi_backlog{lane=\"batched\"} 5", "noroshi_duplicates_total 6", "noroshi_log_head 12345678",
        "noroshi_members 2000", "noroshi_posture{posture=\"incident\"} 1", "noroshi_posture{posture=\"normal\"} 0",
        "noroshi_witness_cosigned_size{witness=\"nisc\"} 12345677",
        "noroshi_witness_cosigned_timestamp_seconds{witness=\"nisc\"} 1800000001",
        "noroshi_witness_failures_total{witness=\"nisc\"} 7", "noroshi_start_time_seconds 1800000000.5",
        "# TYPE noroshi_reports_accepted_total counter", "# TYPE noroshi_sessions gauge"}) {
    INFO(line);
    CHECK(has_line(text, line));
  }
}

}  // namespace
