#include <prometheus/text_serializer.h>

#include <map>
#include <sstream>

#include "broker/http/server.h"
#include "proto/types/reason.h"

namespace noroshi::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric sample(MetricType type, double value) {
  ClientMetric out;
  (type == MetricType::Counter ? out.counter.value : out.gauge.value) = value;
  return out;
}

MetricFamily single(const char* name, const char* help, MetricType type, double value) {
  return {name, help, type, {sample(type, value)}};
}

// One sample for each value the label can have, 0 included: a series that appears only with its first event hides that
// event from rate().
template <class E, std::size_t N, class Value>
MetricFamily by_label(const char* name, const char* help, MetricType type, const char* label,
                      const NameTable<E, N>& names, Value value) {
  MetricFamily out{name, help, type, {}};
  for (const auto& [each, text] : names) {
    out.metric.push_back(sample(type, value(each)));
    out.metric.back().label.push_back({label, std::string(text)});
  }
  return out;
}

template <class E>
auto count_in(const std::map<E, std::uint64_t>& counts) {
  return [&counts](E each) {
    const auto it = counts.find(each);
    return it == counts.end() ? 0.0 : static_cast<double>(it->second);
  };
}

MetricFamily by_witness(const char* name, const char* help, MetricType type, const Snapshot& snapshot,
                        double (*value)(const WitnessState&)) {
  MetricFamily out{name, help, type, {}};
  for (const WitnessState& each : snapshot.witnesses) {
    out.metric.push_back(sample(type, value(each)));
    out.metric.back().label.push_back({"witness", each.name});
  }
  return out;
}

double seconds(Micros at) { return static_cast<double>(at.value) / static_cast<double>(kMicrosPerSecond); }

}  // namespace

std::string metrics_text(const Snapshot& snapshot) {
  const core::Stats& stats = snapshot.stats;
  const auto counter = MetricType::Counter;
  const auto gauge = MetricType::Gauge;
  const std::vector<MetricFamily> families{
      by_label("noroshi_reports_accepted_total", "Reports accepted and durable, by lane.", counter, "lane", kLanes,
               count_in(stats.accepted)),
      by_label("noroshi_reports_rejected_total", "Submissions rejected, by reason.", counter, "reason", kReasons,
               count_in(stats.rejected)),
      by_label("noroshi_sessions_refused_total", "Sessions or frames refused, by reason.", counter, "reason", kReasons,
               count_in(stats.refused)),
      by_label("noroshi_entries_delivered_total", "Entries handed to subscribers, by lane.", counter, "lane", kLanes,
               count_in(stats.delivered)),
      single("noroshi_duplicates_total", "Submissions of a report that was already accepted.", counter,
             static_cast<double>(stats.duplicates)),
      single("noroshi_digests_released_total", "Digests released to the batched lane.", counter,
             static_cast<double>(stats.digests)),
      single("noroshi_members_silent_total", "Sessions dropped because nothing was heard from the member.", counter,
             static_cast<double>(stats.silent_members)),
      single("noroshi_confirmations_overdue_total", "Deadlines of confirmations that passed with somebody behind.",
             counter, static_cast<double>(stats.overdue)),
      single("noroshi_frames_dropped_total", "Frames not looked at because their member sends too much.", counter,
             static_cast<double>(stats.dropped_frames)),
      by_label("noroshi_sessions", "Sessions that stand now, by socket.", gauge, "door", core::kDoors,
               count_in(stats.sessions)),
      by_label("noroshi_backlog", "Submissions received and not yet durable, by lane.", gauge, "lane", kLanes,
               count_in(stats.backlog)),
      single("noroshi_log_head", "Sequence of the newest durable log entry.", gauge,
             static_cast<double>(snapshot.head.value)),
      single("noroshi_members", "Organisations on the roster, revoked ones included.", gauge,
             static_cast<double>(snapshot.members)),
      single("noroshi_members_expiring", "Members whose validity ends within 30 days.", gauge,
             static_cast<double>(snapshot.expiring)),
      single("noroshi_next_expiry_timestamp_seconds",
             "When the next member's validity ends, seconds since 1970; 0 if none does.", gauge,
             seconds(snapshot.next_expiry)),
      by_label("noroshi_posture", "1 for the posture that holds now.", gauge, "posture", kPostures,
               [&](Posture each) { return each == snapshot.posture ? 1.0 : 0.0; }),
      single("noroshi_start_time_seconds", "When the broker started, seconds since 1970.", gauge,
             seconds(snapshot.started_at)),
      single("noroshi_log_damages", "Damages found when the log and its mirror were looked over last.", gauge,
             static_cast<double>(snapshot.scrub.damages)),
      single("noroshi_log_checked_timestamp_seconds",
             "When the log and its mirror were last looked over, seconds since 1970; 0: not yet.", gauge,
             seconds(snapshot.scrub.at)),
      by_witness("noroshi_witness_cosigned_size",
                 "Entries of the newest checkpoint that this witness has cosigned since the start.", gauge, snapshot,
                 [](const WitnessState& each) { return static_cast<double>(each.size); }),
      by_witness("noroshi_witness_cosigned_timestamp_seconds", "When it did, seconds since 1970; 0: it has not.", gauge,
                 snapshot, [](const WitnessState& each) { return seconds(each.at); }),
      by_witness("noroshi_witness_failures_total", "Attempts to have this witness cosign that came to nothing.",
                 counter, snapshot, [](const WitnessState& each) { return static_cast<double>(each.failures); }),
  };
  std::ostringstream out;
  out.imbue(std::locale::classic());
  prometheus::TextSerializer{}.Serialize(out, families);
  return out.str();
}

}  // namespace noroshi::http
