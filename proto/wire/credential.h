// A member's credential: one TOML file, mode 0600, holding its keys and how to reach the broker.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "proto/types/ids.h"
#include "proto/types/member.h"
#include "proto/wire/signing.h"

namespace noroshi::wire {

// Which file, what is wrong, what to do.
struct CredentialError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A transport key that a broker is going to have.
struct NextKey {
  PublicKey key{};
  Micros made_at{};  // of two, the later one holds
  friend bool operator==(const NextKey&, const NextKey&) = default;
};

struct Credential {
  std::string organization;
  std::string source;  // source group, for filling in reports
  std::string broker;  // origin
  std::string host;    // of the broker
  int urgent_port = 0;
  int batched_port = 0;
  int archive_port = 0;
  PublicKey broker_transport{};                  // CURVE server key
  std::optional<NextKey> broker_transport_next;  // what it will be, in the registrar's word
  PublicKey registrar{};                         // checks the roster
  std::optional<PublicKey> broker_log;           // checks what the log says of itself; older credentials lack it
  TransportKey transport;
  SigningKey signing;
};

// Refuses a file that others can read. Throws CredentialError.
Credential load_credential(const std::filesystem::path& file);
// Creates `file` with mode 0600, fsyncs it; refuses to overwrite. Throws CredentialError.
void save_credential(const std::filesystem::path& file, const Credential& credential);
// Puts it in the place of the one in `file`, in one step that a crash cannot halve; comments in it are lost. Throws
// CredentialError.
void replace_credential(const std::filesystem::path& file, const Credential& credential);

// The public half that a member made itself and hands to the registrar (`keygen`, `enroll --keys`). The secret half
// stays in the member's file as a credential without broker data.
struct PublicKeys {
  PublicKey transport{};
  PublicKey signing{};
};
PublicKeys load_public_keys(const std::filesystem::path& file);
void save_public_keys(const std::filesystem::path& file, const PublicKeys& keys);

// One secret key in a file of its own (the broker's keys).
SecretKey load_secret(const std::filesystem::path& file, std::size_t expected_bytes);
// A secret shared with a service of others, as Standard Webhooks writes it: whsec_ and base64 of 24 to 64 bytes.
SecretKey load_shared_secret(const std::filesystem::path& file);
void save_secret(const std::filesystem::path& file, const SecretKey& key);

}  // namespace noroshi::wire
