#include "broker/runtime/call_webhook.h"

#include <algorithm>

#include "proto/cli/cli.h"
#include "proto/wire/credential.h"

namespace noroshi::runtime {

namespace {

constexpr std::int64_t kFirstPause = kMicrosPerSecond / 2;
constexpr int kDoublings = 7;              // 64 s
constexpr int kWebhookAttempts = 24 * 60;  // with those pauses more than a day: then it is no news any more

web::Webhook webhook_of(const web::WebhookSettings& settings, const std::atomic<bool>& stop) {
  try {
    return {settings, "noroshi-broker/" + std::string(cli::kVersion), stop};
  } catch (const std::runtime_error& error) {
    throw ConfigError(error.what());
  }
}

}  // namespace

CallWebhook::CallWebhook(const web::WebhookSettings& settings, const std::atomic<bool>& stop)
    : webhook_(webhook_of(settings, stop)) {}

// The stage of a report is overdue once: that names it.
std::string CallWebhook::take(const core::Call& call) {
  const std::string id = "overdue_" + call.report.value + "_" + std::string(name_of(call.stage));
  return webhook_.post(id, call_json(call), cli::wall_clock());
}

std::optional<std::int64_t> CallWebhook::patience(int failures) const {
  if (failures >= kWebhookAttempts) return std::nullopt;
  return std::max(kFirstPause << std::min(failures - 1, kDoublings), webhook_.pause());
}

void check_webhook(const CallSettings& settings) {
  const std::atomic<bool> stop = false;
  if (settings.webhook) webhook_of(*settings.webhook, stop);
}

}  // namespace noroshi::runtime
