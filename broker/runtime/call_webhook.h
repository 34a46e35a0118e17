// Posts the line of JSON, signed; done when the receiver answers 2xx. Tried again and again for a day, ever more slowly.
#pragma once

#include "broker/runtime/caller.h"
#include "broker/runtime/data_directory.h"

namespace noroshi::runtime {

class CallWebhook : public Way {
 public:
  // Throws ConfigError for a secret that is not there or not secret, and for a CA that is none.
  CallWebhook(const web::WebhookSettings& settings, const std::atomic<bool>& stop);
  std::string take(const core::Call& call) override;
  std::optional<std::int64_t> patience(int failures) const override;

 private:
  web::Webhook webhook_;
};

// Whether one could be made. Throws ConfigError.
void check_webhook(const CallSettings& settings);

}  // namespace noroshi::runtime
