// Posts each parcel's JSON to a web server; under the same webhook-id it is tried again until it is taken.
#pragma once

#include "proto/web/webhook.h"
#include "subscriber/sink.h"

namespace noroshi::subscriber {

// webhook-id: of the same parcel always the same, of others another.
std::string webhook_id(const Parcel& parcel);

class WebhookSink : public Sink {
 public:
  // Throws cli::Failure for a secret that is not there or not secret.
  WebhookSink(const SinkSettings& settings, const std::atomic<bool>& stop);
  std::size_t most() const override { return 1; }
  std::string take(const std::vector<Parcel>& parcels) override;
  std::int64_t pause() const override { return webhook_.pause(); }

 private:
  web::Webhook webhook_;
};

}  // namespace noroshi::subscriber
