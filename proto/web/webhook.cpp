#include "proto/web/webhook.h"

#include <time.h>

#include <algorithm>
#include <charconv>

#include "proto/web/planted.h"
#include "proto/wire/credential.h"

namespace noroshi::web {

namespace {

constexpr std::int64_t kMostPause = 600 * kMicrosPerSecond;

}  // namespace

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

Webhook::Webhook(const WebhookSettings& settings, std::string user_agent, const std::atomic<bool>& stop)
    : to_(settings.address),
      secret_(wire::load_shared_secret(settings.secret_file)),
      client_(settings.ca_file, settings.timeout_seconds, stop),
      user_agent_(std::move(user_agent)) {}

std::string Webhook::post(const std::string& id, const std::string& json, Micros now) {
  const std::string timestamp = std::to_string(now.value / kMicrosPerSecond);
  const Answer answer = client_.post(to_,
                                     {{"Content-Type", "application/json"},
                                      {"User-Agent", user_agent_},
                                      {"webhook-id", id},
                                      {"webhook-timestamp", timestamp},
                                      {"webhook-signature", webhook_signature(secret_, id, timestamp, json)}},
                                     json);
  pause_ = retry_after(answer.retry_after, now);
  if (planted(Bug::webhook_answer_unread)) return {};
  if (answer.status >= 200 && answer.status < 300) return {};
  const std::string where = to_.scheme + "://" + to_.authority() + ": ";
  return where + (answer.trouble.empty() ? "HTTP " + std::to_string(answer.status) : answer.trouble);
}

}  // namespace noroshi::web
