#include "subscriber/sink_webhook.h"

#include "proto/cli/cli.h"

namespace noroshi::subscriber {

namespace {

web::Webhook webhook_of(const SinkSettings& settings, const std::atomic<bool>& stop) {
  try {
    return {{settings.address, settings.secret_file, settings.ca_file, settings.timeout_seconds},
            "noroshi-subscriber/" + std::string(cli::kVersion),
            stop};
  } catch (const std::runtime_error& error) {
    throw cli::Failure(cli::kUsage, error.what());
  }
}

}  // namespace

// An entry is named by its leaf: of two reports under one id, neither may pass for the other.
std::string webhook_id(const Parcel& parcel) {
  if (parcel.reading) return "report_" + wire::to_hex(parcel.reading->entry.leaf);
  return parcel.link.event + "_" + std::string(name_of(parcel.link.lane)) + "_" + std::to_string(parcel.link.at.value) +
         (parcel.link.report.empty() ? "" : "_" + parcel.link.report);
}

WebhookSink::WebhookSink(const SinkSettings& settings, const std::atomic<bool>& stop)
    : webhook_(webhook_of(settings, stop)) {}

std::string WebhookSink::take(const std::vector<Parcel>& parcels) {
  return webhook_.post(webhook_id(parcels.front()), parcels.front().json, cli::wall_clock());
}

}  // namespace noroshi::subscriber
