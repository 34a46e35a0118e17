// Posts each parcel's JSON to a web server, signed as Standard Webhooks are (https://www.standardwebhooks.com). It is taken once
// the server has answered 2xx; under the same webhook-id it is tried again until then.
#pragma once

#include "proto/web/client.h"
#include "proto/wire/signing.h"
#include "subscriber/sink.h"

namespace noroshi::subscriber {

// webhook-id: of the same parcel always the same, of others another.
std::string webhook_id(const Parcel& parcel);
// webhook-signature: "v1," and base64.
std::string webhook_signature(const wire::SecretKey& secret, const std::string& id, const std::string& timestamp,
                              const std::string& body);
// The pause that a Retry-After asks for (seconds, or a date), in microseconds; 0: none, or it is nonsense. Never more than ten
// minutes: an alarm is waiting.
std::int64_t retry_after(const std::string& text, Micros now);

class WebhookSink : public Sink {
 public:
  // Throws cli::Failure for a secret that is not there or not secret.
  WebhookSink(const SinkSettings& settings, const std::atomic<bool>& stop);
  std::size_t most() const override { return 1; }
  std::string take(const std::vector<Parcel>& parcels) override;
  std::int64_t pause() const override { return pause_; }

 private:
  web::Address to_;
  wire::SecretKey secret_;
  web::Client client_;
  std::int64_t pause_ = 0;
};

}  // namespace noroshi::subscriber
