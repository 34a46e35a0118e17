// Posts messages to a web server, signed as Standard Webhooks are (https://www.standardwebhooks.com). One is taken once the server
// has answered 2xx. One owner, one thread.
#pragma once

#include "proto/types/ids.h"
#include "proto/web/client.h"
#include "proto/wire/signing.h"

namespace noroshi::web {

// webhook-signature: "v1," and base64.
std::string webhook_signature(const wire::SecretKey& secret, const std::string& id, const std::string& timestamp,
                              const std::string& body);
// The pause that a Retry-After asks for (seconds, or a date), in microseconds; 0: none, or it is nonsense. Never more than ten
// minutes: an alarm is waiting.
std::int64_t retry_after(const std::string& text, Micros now);

struct WebhookSettings {
  Address address;
  std::filesystem::path secret_file;
  std::filesystem::path ca_file;  // empty: the system's
  std::int64_t timeout_seconds = 30;
};

class Webhook {
 public:
  // Throws std::runtime_error (wire::CredentialError) for a secret that is not there or not secret, and for a CA that is none.
  Webhook(const WebhookSettings& settings, std::string user_agent, const std::atomic<bool>& stop);

  // `id`: of the same message always the same, of others another. Empty: it is in the receiver's hands. Otherwise why not.
  std::string post(const std::string& id, const std::string& json, Micros now);
  std::int64_t pause() const { return pause_; }  // that the last answer asked for

 private:
  Address to_;
  wire::SecretKey secret_;
  Client client_;
  std::string user_agent_;
  std::int64_t pause_ = 0;
};

}  // namespace noroshi::web
