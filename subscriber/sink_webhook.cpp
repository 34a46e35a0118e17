#include "subscriber/sink_webhook.h"

#include <time.h>

#include <algorithm>
#include <charconv>

#include "proto/cli/cli.h"
#include "proto/wire/credential.h"
#include "subscriber/planted.h"

namespace noroshi::subscriber {

namespace {

constexpr std::int64_t kMostPause = 600 * kMicrosPerSecond;

wire::SecretKey secret_in(const std::filesystem::path& file) {
  try {
    return wire::load_shared_secret(file);
  } catch (const wire::CredentialError& error) {
    throw cli::Failure(cli::kUsage, error.what());
  }
}

web::Client client_of(const SinkSettings& settings, const std::atomic<bool>& stop) {
  try {
    return web::Client(settings.ca_file, settings.timeout_seconds, stop);
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

std::string webhook_signature(const wire::SecretKey& secret, const std::string& id, const std::string& timestamp,
                              const std::string& body) {
  const std::string context = planted(Bug::webhook_body_alone) ? "" : id + "." + timestamp + ".";
  const Hash mac = wire::hmac_sha256(secret, context + body);
  return "v1," + wire::to_base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

std::int64_t retry_after(const std::string& text, Micros now) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) {
    struct tm date {};
    const char* rest = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (!rest || *rest != '\0') return 0;
    seconds = ::timegm(&date) - now.value / kMicrosPerSecond;
  }
  return std::clamp<std::int64_t>(seconds, 0, kMostPause / kMicrosPerSecond) * kMicrosPerSecond;
}

WebhookSink::WebhookSink(const SinkSettings& settings, const std::atomic<bool>& stop)
    : to_(settings.address), secret_(secret_in(settings.secret_file)), client_(client_of(settings, stop)) {}

std::string WebhookSink::take(const std::vector<Parcel>& parcels) {
  const Parcel& parcel = parcels.front();
  const std::string id = webhook_id(parcel);
  const Micros now = cli::wall_clock();
  const std::string timestamp = std::to_string(now.value / kMicrosPerSecond);
  const web::Answer answer =
      client_.post(to_,
                   {{"Content-Type", "application/json"},
                    {"User-Agent", "noroshi-subscriber/" + std::string(cli::kVersion)},
                    {"webhook-id", id},
                    {"webhook-timestamp", timestamp},
                    {"webhook-signature", webhook_signature(secret_, id, timestamp, parcel.json)}},
                   parcel.json);
  pause_ = retry_after(answer.retry_after, now);
  if (planted(Bug::webhook_answer_unread)) return {};
  if (answer.status >= 200 && answer.status < 300) return {};
  const std::string where = to_.scheme + "://" + to_.authority() + ": ";
  return where + (answer.trouble.empty() ? "HTTP " + std::to_string(answer.status) : answer.trouble);
}

}  // namespace noroshi::subscriber
